// Signs with iText 2.1.7, which OpenPDF goes on from: java -cp JARS ByItext2.java FOLDER SECONDS (see by_services.py).

import com.lowagie.text.Rectangle;
import com.lowagie.text.pdf.PdfDate;
import com.lowagie.text.pdf.PdfDictionary;
import com.lowagie.text.pdf.PdfName;
import com.lowagie.text.pdf.PdfReader;
import com.lowagie.text.pdf.PdfSignature;
import com.lowagie.text.pdf.PdfSignatureAppearance;
import com.lowagie.text.pdf.PdfStamper;
import com.lowagie.text.pdf.PdfString;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Calendar;
import java.util.Date;
import java.util.HashMap;
import java.util.TimeZone;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.asn1.cms.Time;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoGeneratorBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/** What a program built on iText 2.1.7 does. */
public final class ByItext2 {
    static final int ROOM = 8192;
    static Path folder;
    static long now;

    /** A key and its certificates, from PKCS#12. */
    record Person(PrivateKey key, Certificate[] chain) {
        static Person of(String name) throws Exception {
            char[] password = System.getenv("PASSWORD").toCharArray();
            KeyStore store = KeyStore.getInstance("PKCS12");
            try (InputStream in = Files.newInputStream(folder.resolve(name + ".p12"))) {
                store.load(in, password);
            }
            String alias = store.aliases().nextElement();
            return new Person((PrivateKey) store.getKey(alias, password), store.getCertificateChain(alias));
        }
    }

    public static void main(String[] given) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        folder = Path.of(given[0]);
        now = Long.parseLong(given[1]) * 1000;
        Person one = Person.of("one"), two = Person.of("two");
        byte[] page = read("page");
        write("two-shown", signed(signed(page, one, "A", true, 0), two, "B", true, 0));
        write("certified-filled", filled(signed(page, one, "A", true, 2)));
        write("filled-between", signed(filled(signed(page, one, "A", false, 0)), two, "B", false, 0));
    }

    static byte[] read(String name) throws IOException {
        return Files.readAllBytes(folder.resolve(name + ".pdf"));
    }

    static void write(String name, byte[] pdf) throws IOException {
        Files.write(folder.resolve("itext2-" + name + ".pdf"), pdf);
    }

    static Calendar moment() {
        Calendar made = Calendar.getInstance(TimeZone.getTimeZone("Asia/Ho_Chi_Minh"));
        now += 2000;
        made.setTimeInMillis(now);
        return made;
    }

    static PdfSignatureAppearance look(PdfStamper stamper, PdfReader reader, String field, boolean shown, int level) {
        PdfSignatureAppearance look = stamper.getSignatureAppearance();
        look.setReason("Ban hành");
        look.setLocation("Huế");
        int count = reader.getAcroFields().getSignatureNames().size();
        if (shown) {
            look.setVisibleSignature(new Rectangle(300, 300 - 80 * count, 480, 360 - 80 * count), 1, field);
            look.setLayer2Text("Nguyen Thi Anh");
        } else {
            look.setVisibleSignature(new Rectangle(0, 0, 0, 0), 1, field);
        }
        if (level > 0) {
            look.setCertificationLevel(level);
        }
        return look;
    }

    /** A detached container with SHA-256 in what iText prepared. */
    static byte[] signed(byte[] pdf, Person who, String field, boolean shown, int level) throws Exception {
        PdfReader reader = new PdfReader(pdf);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PdfStamper stamper = PdfStamper.createSignature(reader, out, '\0', null, true);
        PdfSignatureAppearance look = look(stamper, reader, field, shown, level);
        Calendar moment = moment();
        look.setCrypto(null, who.chain, null, PdfSignatureAppearance.SELF_SIGNED);
        PdfSignature dictionary = new PdfSignature(PdfName.ADOBE_PPKLITE, new PdfName("adbe.pkcs7.detached"));
        dictionary.setReason(look.getReason());
        dictionary.setLocation(look.getLocation());
        dictionary.setDate(new PdfDate(moment));
        look.setCryptoDictionary(dictionary);
        HashMap<PdfName, Integer> room = new HashMap<>();
        room.put(PdfName.CONTENTS, ROOM * 2 + 2);
        look.preClose(room);
        byte[] made = container(look.getRangeStream().readAllBytes(), who, moment.getTime());
        byte[] padded = new byte[ROOM];
        System.arraycopy(made, 0, padded, 0, made.length);
        PdfDictionary given = new PdfDictionary();
        given.put(PdfName.CONTENTS, new PdfString(padded).setHexWriting(true));
        look.close(given);
        return out.toByteArray();
    }

    /** A container by Bouncy Castle: iText's own names no signer where Bouncy Castle is newer than it. */
    static byte[] container(byte[] content, Person who, Date moment) throws Exception {
        CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
        Attribute said = new Attribute(CMSAttributes.signingTime, new DERSet(new Time(moment)));
        generator.addSignerInfoGenerator(new JcaSimpleSignerInfoGeneratorBuilder()
            .setSignedAttributeGenerator(new AttributeTable(said))
            .build("SHA256withRSA", who.key, (X509Certificate) who.chain[0]));
        generator.addCertificates(new JcaCertStore(Arrays.asList(who.chain)));
        return generator.generate(new CMSProcessableByteArray(content), false).getEncoded("DER");
    }

    static byte[] filled(byte[] pdf) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PdfStamper stamper = new PdfStamper(new PdfReader(pdf), out, '\0', true);
        stamper.getAcroFields().setField("note", "So 15");
        stamper.close();
        return out.toByteArray();
    }
}
