// Signs with iText 5: java -cp JARS ByItext5.java FOLDER SECONDS (see by_services.py).

import com.itextpdf.text.Rectangle;
import com.itextpdf.text.pdf.AcroFields;
import com.itextpdf.text.pdf.PdfName;
import com.itextpdf.text.pdf.PdfReader;
import com.itextpdf.text.pdf.PdfSignatureAppearance;
import com.itextpdf.text.pdf.PdfStamper;
import com.itextpdf.text.pdf.security.BouncyCastleDigest;
import com.itextpdf.text.pdf.security.CrlClient;
import com.itextpdf.text.pdf.security.CrlClientOffline;
import com.itextpdf.text.pdf.security.DigestAlgorithms;
import com.itextpdf.text.pdf.security.ExternalBlankSignatureContainer;
import com.itextpdf.text.pdf.security.ExternalSignatureContainer;
import com.itextpdf.text.pdf.security.LtvTimestamp;
import com.itextpdf.text.pdf.security.LtvVerification;
import com.itextpdf.text.pdf.security.MakeSignature;
import com.itextpdf.text.pdf.security.MakeSignature.CryptoStandard;
import com.itextpdf.text.pdf.security.PdfPKCS7;
import com.itextpdf.text.pdf.security.PrivateKeySignature;
import com.itextpdf.text.pdf.security.TSAClient;
import com.itextpdf.text.pdf.PdfDictionary;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Calendar;
import java.util.Date;
import java.util.List;
import java.util.TimeZone;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoGeneratorBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.tsp.TSPAlgorithms;
import org.bouncycastle.tsp.TimeStampRequest;
import org.bouncycastle.tsp.TimeStampRequestGenerator;
import org.bouncycastle.tsp.TimeStampTokenGenerator;

/** What a program built on iText 5 does. */
public final class ByItext5 {
    static Path folder;
    static long now;
    static int serial = 1000;

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

    /** What one signature is like. */
    static final class Wish {
        Person who;
        CryptoStandard kind = CryptoStandard.CADES;
        String field;
        boolean shown, stamped, deferred, stored;
        int permission;

        static Wish by(Person who, String field) {
            Wish made = new Wish();
            made.who = who;
            made.field = field;
            return made;
        }

        Wish pkcs7() { kind = CryptoStandard.CMS; return this; }
        Wish shown() { shown = true; return this; }
        Wish stamped() { stamped = true; return this; }
        Wish deferred() { deferred = true; return this; }
        Wish stored() { stored = true; return this; }
        Wish certifying(int level) { permission = level; return this; }
    }

    /** Time-stamps by the authority of the folder, without a network. */
    static final class Authority implements TSAClient {
        @Override public int getTokenSizeEstimate() { return 4096; }

        @Override public MessageDigest getMessageDigest() throws java.security.GeneralSecurityException {
            return new BouncyCastleDigest().getMessageDigest("SHA-256");
        }

        @Override public byte[] getTimeStampToken(byte[] imprint) throws Exception {
            Person authority = Person.of("tsa");
            TimeStampRequestGenerator asking = new TimeStampRequestGenerator();
            asking.setCertReq(true);
            TimeStampRequest request = asking.generate(TSPAlgorithms.SHA256, imprint);
            var naming = new JcaDigestCalculatorProviderBuilder().build()
                .get(new AlgorithmIdentifier(NISTObjectIdentifiers.id_sha256));
            var signer = new JcaSimpleSignerInfoGeneratorBuilder()
                .build("SHA256withRSA", authority.key, (X509Certificate) authority.chain[0]);
            var generator = new TimeStampTokenGenerator(signer, naming, new ASN1ObjectIdentifier("1.2.3.4.1"), true);
            generator.addCertificates(new JcaCertStore(Arrays.asList(authority.chain)));
            return generator.generate(request, BigInteger.valueOf(serial++), tick()).getEncoded();
        }
    }

    static Date tick() {
        now += 2000;
        return new Date(now);
    }

    public static void main(String[] given) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        folder = Path.of(given[0]);
        now = Long.parseLong(given[1]) * 1000;
        Person one = Person.of("one"), two = Person.of("two");
        byte[] page = read("page"), packed = read("packed");
        write("pkcs7-with-list", signed(page, Wish.by(one, "A").pkcs7().stored().stamped()));
        write("word", signed(signed(read("word"), Wish.by(one, "A")), Wish.by(two, "B")));
        write("two-shown", signed(signed(page, Wish.by(one, "A").shown()), Wish.by(two, "B").shown()));
        write("two-packed", signed(signed(packed, Wish.by(one, "A")), Wish.by(two, "B")));
        write("two-deferred", signed(signed(page, Wish.by(one, "A").deferred()), Wish.by(two, "B").deferred()));
        write("certified-filled", filled(signed(page, Wish.by(one, "A").shown().certifying(2))));
        write("filled-between", signed(filled(signed(page, Wish.by(one, "A"))), Wish.by(two, "B")));
        byte[] archived = archived(stored(signed(page, Wish.by(one, "A").stamped())), "T");
        write("b-lta", archived);
        write("renewed", archived(stored(archived), "U"));
    }

    static byte[] read(String name) throws IOException {
        return Files.readAllBytes(folder.resolve(name + ".pdf"));
    }

    static void write(String name, byte[] pdf) throws IOException {
        Files.write(folder.resolve("itext5-" + name + ".pdf"), pdf);
    }

    static Calendar moment() {
        Calendar made = Calendar.getInstance(TimeZone.getTimeZone("Asia/Ho_Chi_Minh"));
        made.setTime(tick());
        return made;
    }

    static byte[] signed(byte[] pdf, Wish wish) throws Exception {
        PdfReader reader = new PdfReader(pdf);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PdfStamper stamper = PdfStamper.createSignature(reader, out, '\0', null, true);
        PdfSignatureAppearance look = stamper.getSignatureAppearance();
        look.setReason("Ban hành");
        look.setLocation("Huế");
        look.setSignDate(moment());
        if (reader.getAcroFields().getFieldItem(wish.field) != null) {
            look.setVisibleSignature(wish.field);
        } else if (wish.shown) {
            int count = reader.getAcroFields().getSignatureNames().size();
            look.setVisibleSignature(new Rectangle(300, 300 - 80 * count, 480, 360 - 80 * count), 1, wish.field);
            look.setLayer2Text("Nguyen Thi Anh");
        } else {
            look.setVisibleSignature(new Rectangle(0, 0, 0, 0), 1, wish.field);
        }
        if (wish.permission > 0) {
            look.setCertificationLevel(wish.permission);
        }
        TSAClient authority = wish.stamped ? new Authority() : null;
        PrivateKeySignature key = new PrivateKeySignature(wish.who.key, "SHA-256", "BC");
        if (wish.deferred) {
            PdfName kind = PdfName.ETSI_CADES_DETACHED;
            MakeSignature.signExternalContainer(
                look, new ExternalBlankSignatureContainer(PdfName.ADOBE_PPKLITE, kind), 8192);
            ByteArrayOutputStream whole = new ByteArrayOutputStream();
            PdfReader waiting = new PdfReader(out.toByteArray());
            MakeSignature.signDeferred(waiting, wish.field, whole, new ExternalSignatureContainer() {
                @Override public byte[] sign(InputStream data) throws java.security.GeneralSecurityException {
                    return container(data, wish, key);
                }

                @Override public void modifySigningDictionary(PdfDictionary dictionary) { }
            });
            return whole.toByteArray();
        }
        List<CrlClient> lists = wish.stored ? List.of(list()) : null;
        MakeSignature.signDetached(
            look, new BouncyCastleDigest(), key, wish.who.chain, lists, null, authority, 0, wish.kind);
        return out.toByteArray();
    }

    static byte[] container(InputStream data, Wish wish, PrivateKeySignature key)
        throws java.security.GeneralSecurityException {
        try {
            PdfPKCS7 made = new PdfPKCS7(null, wish.who.chain, "SHA-256", null, new BouncyCastleDigest(), false);
            byte[] digest = DigestAlgorithms.digest(data, MessageDigest.getInstance("SHA-256"));
            byte[] attributes = made.getAuthenticatedAttributeBytes(digest, null, null, CryptoStandard.CADES);
            made.setExternalDigest(key.sign(attributes), null, "RSA");
            return made.getEncodedPKCS7(digest, null, null, null, CryptoStandard.CADES);
        } catch (IOException error) {
            throw new java.security.GeneralSecurityException(error);
        }
    }

    static CrlClient list() throws IOException {
        return new CrlClientOffline(Files.readAllBytes(folder.resolve("list.crl")));
    }

    static byte[] filled(byte[] pdf) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PdfStamper stamper = new PdfStamper(new PdfReader(pdf), out, '\0', true);
        stamper.getAcroFields().setField("note", "So 15");
        stamper.close();
        return out.toByteArray();
    }

    static byte[] stored(byte[] pdf) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PdfStamper stamper = new PdfStamper(new PdfReader(pdf), out, '\0', true);
        AcroFields fields = stamper.getAcroFields();
        LtvVerification proof = stamper.getLtvVerification();
        for (String name : fields.getSignatureNames()) {
            proof.addVerification(
                name, null, list(), LtvVerification.CertificateOption.WHOLE_CHAIN,
                LtvVerification.Level.CRL, LtvVerification.CertificateInclusion.YES);
        }
        stamper.close();
        return out.toByteArray();
    }

    static byte[] archived(byte[] pdf, String field) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PdfStamper stamper = PdfStamper.createSignature(new PdfReader(pdf), out, '\0', null, true);
        LtvTimestamp.timestamp(stamper.getSignatureAppearance(), new Authority(), field);
        return out.toByteArray();
    }
}
