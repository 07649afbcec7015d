// Signs with Apache PDFBox as services in Java do: java -cp JARS ByPdfbox.java FOLDER SECONDS (see by_services.py).
//
// FOLDER has the pages and keys that by_services.py wrote; SECONDS (since 1970) is when all this happens. PDFBox
// writes the updates, Bouncy Castle the containers. What is stored as proof follows ISO 32000-2 §12.8.4.3.

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Calendar;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.TimeZone;
import org.apache.pdfbox.cos.COSArray;
import org.apache.pdfbox.cos.COSDictionary;
import org.apache.pdfbox.cos.COSName;
import org.apache.pdfbox.cos.COSStream;
import org.apache.pdfbox.cos.COSUpdateInfo;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.interactive.digitalsignature.PDSignature;
import org.apache.pdfbox.pdmodel.interactive.digitalsignature.SignatureInterface;
import org.apache.pdfbox.pdmodel.interactive.digitalsignature.SignatureOptions;
import org.apache.pdfbox.pdmodel.interactive.digitalsignature.visible.PDVisibleSigProperties;
import org.apache.pdfbox.pdmodel.interactive.digitalsignature.visible.PDVisibleSignDesigner;
import org.apache.pdfbox.pdmodel.interactive.form.PDField;
import org.apache.pdfbox.pdmodel.interactive.form.PDSignatureField;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.asn1.cms.Time;
import org.bouncycastle.asn1.ess.ESSCertIDv2;
import org.bouncycastle.asn1.ess.SigningCertificateV2;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.IssuerSerial;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cms.CMSAttributeTableGenerator;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.DefaultSignedAttributeTableGenerator;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.SignerInformationStore;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoGeneratorBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.DigestCalculator;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.tsp.TSPAlgorithms;
import org.bouncycastle.tsp.TimeStampRequest;
import org.bouncycastle.tsp.TimeStampRequestGenerator;
import org.bouncycastle.tsp.TimeStampTokenGenerator;

/** What a service built on PDFBox does. */
public final class ByPdfbox {
    static final COSName CADES = COSName.getPDFName("ETSI.CAdES.detached");
    static final COSName STAMP = COSName.getPDFName("ETSI.RFC3161");
    static Path folder;
    static long now;
    static int serial = 1;

    /** A key and its certificates, from PKCS#12. */
    record Person(PrivateKey key, X509Certificate own, List<Certificate> chain) {
        static Person of(String name) throws Exception {
            char[] password = System.getenv("PASSWORD").toCharArray();
            KeyStore store = KeyStore.getInstance("PKCS12");
            try (InputStream in = Files.newInputStream(folder.resolve(name + ".p12"))) {
                store.load(in, password);
            }
            String alias = store.aliases().nextElement();
            List<Certificate> chain = Arrays.asList(store.getCertificateChain(alias));
            return new Person((PrivateKey) store.getKey(alias, password), (X509Certificate) chain.get(0), chain);
        }
    }

    /** What one signature is like. */
    static final class Wish {
        Person who;
        COSName kind = CADES;
        boolean stamped;
        boolean external;
        int permission;
        String field;
        boolean shown;
        String digest = "SHA256";

        static Wish by(Person who) {
            Wish made = new Wish();
            made.who = who;
            return made;
        }

        Wish pkcs7() { kind = PDSignature.SUBFILTER_ADBE_PKCS7_DETACHED; return this; }
        Wish stamped() { stamped = true; return this; }
        Wish external() { external = true; return this; }
        Wish certifying(int level) { permission = level; return this; }
        Wish in(String name) { field = name; return this; }
        Wish shown() { shown = true; return this; }
        Wish digest(String name) { digest = name; return this; }
    }

    public static void main(String[] given) throws Exception {
        folder = Path.of(given[0]);
        now = Long.parseLong(given[1]) * 1000;
        Person one = Person.of("one"), two = Person.of("two"), curve = Person.of("curve");
        byte[] page = read("page"), plain = read("plain");
        write("b-b", signed(page, Wish.by(one)));
        write("no-form", signed(plain, Wish.by(one)));
        write("ecdsa-sha384", signed(page, Wish.by(curve).digest("SHA384").external()));
        write("in-a-field", signed(read("waiting"), Wish.by(one).in("waiting")));
        write("two-shown", signed(signed(page, Wish.by(one).shown()), Wish.by(two).shown()));
        for (String name : List.of("packed", "linearized")) {
            write("two-" + name, signed(signed(read(name), Wish.by(one)), Wish.by(two)));
        }
        byte[] certified = signed(page, Wish.by(one).certifying(2));
        write("certified-approved", signed(certified, Wish.by(two)));
        write("certified-filled", filled(certified));
        write("filled-between", signed(filled(signed(page, Wish.by(one))), Wish.by(two)));
        write("b-lt-declared", stored(signed(read("extended"), Wish.by(one).pkcs7().stamped())));
        write("b-lta", archived(stored(signed(page, Wish.by(one).stamped()))));
        write("locked-b-lta", archived(stored(signed(page, Wish.by(one).certifying(1).stamped()))));
    }

    static byte[] read(String name) throws IOException {
        return Files.readAllBytes(folder.resolve(name + ".pdf"));
    }

    static void write(String name, byte[] pdf) throws IOException {
        Files.write(folder.resolve("pdfbox-" + name + ".pdf"), pdf);
    }

    /** Returns the next moment, so that what follows is later. */
    static Date tick() {
        now += 2000;
        return new Date(now);
    }

    static byte[] signed(byte[] pdf, Wish wish) throws Exception {
        PDSignature signature = new PDSignature();
        signature.setFilter(PDSignature.FILTER_ADOBE_PPKLITE);
        signature.setSubFilter(wish.kind);
        signature.setName("Nguyen Thi Anh");
        signature.setReason("Ban hành");
        signature.setLocation("Huế");
        Calendar moment = Calendar.getInstance(TimeZone.getTimeZone("Asia/Ho_Chi_Minh"));
        moment.setTime(tick());
        signature.setSignDate(moment);
        return with(pdf, signature, wish, content -> container(content, wish));
    }

    static byte[] with(byte[] pdf, PDSignature signature, Wish wish, SignatureInterface signer) throws Exception {
        try (PDDocument document = PDDocument.load(pdf); SignatureOptions options = new SignatureOptions()) {
            options.setPreferredSignatureSize(9472);
            if (wish != null && wish.shown) {
                options.setVisualSignature(look(document));
                options.setPage(0);
            }
            if (wish != null && wish.permission > 0) {
                certify(document, signature, wish.permission);
            }
            if (wish != null && wish.field != null) {
                PDField field = document.getDocumentCatalog().getAcroForm().getField(wish.field);
                ((PDSignatureField) field).setValue(signature);
            }
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            if (wish != null && wish.external) {
                document.addSignature(signature, options);
                var waiting = document.saveIncrementalForExternalSigning(out);
                waiting.setSignature(signer.sign(waiting.getContent()));
            } else {
                document.addSignature(signature, signer, options);
                document.saveIncremental(out);
            }
            return out.toByteArray();
        }
    }

    /** Certifies (ISO 32000-2 §12.8.2.2): only the first signature of a document can. */
    static void certify(PDDocument document, PDSignature signature, int permission) {
        COSDictionary parameters = new COSDictionary();
        parameters.setItem(COSName.TYPE, COSName.getPDFName("TransformParams"));
        parameters.setInt(COSName.P, permission);
        parameters.setName(COSName.V, "1.2");
        parameters.setNeedToBeUpdated(true);
        COSDictionary reference = new COSDictionary();
        reference.setItem(COSName.TYPE, COSName.getPDFName("SigRef"));
        reference.setName("TransformMethod", "DocMDP");
        reference.setName("DigestMethod", "SHA256");
        reference.setItem("TransformParams", parameters);
        reference.setNeedToBeUpdated(true);
        COSArray references = new COSArray();
        references.add(reference);
        references.setNeedToBeUpdated(true);
        signature.getCOSObject().setItem("Reference", references);
        COSDictionary catalogue = document.getDocumentCatalog().getCOSObject();
        COSDictionary permissions = new COSDictionary();
        permissions.setItem("DocMDP", signature);
        permissions.setNeedToBeUpdated(true);
        catalogue.setItem("Perms", permissions);
        catalogue.setNeedToBeUpdated(true);
    }

    /** A look with a picture, by PDFBox's own designer. */
    static InputStream look(PDDocument document) throws IOException {
        BufferedImage picture = new BufferedImage(120, 40, BufferedImage.TYPE_INT_RGB);
        Graphics2D pen = picture.createGraphics();
        pen.setColor(Color.WHITE);
        pen.fillRect(0, 0, 120, 40);
        pen.setColor(Color.RED);
        pen.drawOval(4, 4, 110, 30);
        pen.dispose();
        int count = document.getSignatureDictionaries().size();
        PDVisibleSignDesigner designer = new PDVisibleSignDesigner(document, picture, 1);
        designer.xAxis(300).yAxis(600 + 60 * count).zoom(0).adjustForRotation();
        PDVisibleSigProperties properties = new PDVisibleSigProperties();
        properties.signerName("Nguyen Thi Anh").signatureReason("Ban hanh").page(1).visualSignEnabled(true);
        properties.setPdVisibleSignature(designer);
        properties.buildSignature();
        return properties.getVisibleSignature();
    }

    static byte[] container(InputStream content, Wish wish) throws IOException {
        try {
            CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
            String method = wish.digest + ("EC".equals(wish.who.key.getAlgorithm()) ? "withECDSA" : "withRSA");
            ContentSigner signer = new JcaContentSignerBuilder(method).build(wish.who.key);
            JcaSignerInfoGeneratorBuilder builder =
                new JcaSignerInfoGeneratorBuilder(new JcaDigestCalculatorProviderBuilder().build());
            builder.setSignedAttributeGenerator(
                wish.kind.equals(CADES) ? named(wish.who.own, wish.digest) : timed(new Date(now)));
            generator.addSignerInfoGenerator(builder.build(signer, wish.who.own));
            generator.addCertificates(new JcaCertStore(wish.who.chain));
            CMSSignedData made = generator.generate(new CMSProcessableByteArray(content.readAllBytes()), false);
            return (wish.stamped ? withStamp(made) : made).getEncoded("DER");
        } catch (IOException error) {
            throw error;
        } catch (Exception error) {
            throw new IOException(error);
        }
    }

    /** Names the certificate and leaves the signing time out, as PAdES wants it (EN 319 142-1 §6.3). */
    static CMSAttributeTableGenerator named(X509Certificate own, String digest) throws Exception {
        JcaX509CertificateHolder holder = new JcaX509CertificateHolder(own);
        GeneralNames issuer = new GeneralNames(new GeneralName(holder.getIssuer()));
        ASN1ObjectIdentifier oid =
            digest.equals("SHA384") ? NISTObjectIdentifiers.id_sha384 : NISTObjectIdentifiers.id_sha256;
        byte[] value = MessageDigest.getInstance(digest.replace("SHA", "SHA-")).digest(own.getEncoded());
        ESSCertIDv2 said = new ESSCertIDv2(
            new AlgorithmIdentifier(oid), value, new IssuerSerial(issuer, holder.getSerialNumber()));
        ASN1EncodableVector attributes = new ASN1EncodableVector();
        attributes.add(new Attribute(
            PKCSObjectIdentifiers.id_aa_signingCertificateV2,
            new DERSet(new SigningCertificateV2(new ESSCertIDv2[] {said}))));
        CMSAttributeTableGenerator usual = new DefaultSignedAttributeTableGenerator(new AttributeTable(attributes));
        return parameters -> usual.getAttributes(parameters)
            .remove(CMSAttributes.signingTime).remove(CMSAttributes.cmsAlgorithmProtect);
    }

    /** Says when, as the older containers do. */
    static CMSAttributeTableGenerator timed(Date moment) {
        Attribute said = new Attribute(CMSAttributes.signingTime, new DERSet(new Time(moment)));
        return new DefaultSignedAttributeTableGenerator(new AttributeTable(said));
    }

    static CMSSignedData withStamp(CMSSignedData made) throws Exception {
        SignerInformation signer = made.getSignerInfos().getSigners().iterator().next();
        byte[] token = stamp(signer.getSignature());
        AttributeTable table = new AttributeTable(new Attribute(
            PKCSObjectIdentifiers.id_aa_signatureTimeStampToken,
            new DERSet(org.bouncycastle.asn1.ASN1Primitive.fromByteArray(token))));
        SignerInformation stamped = SignerInformation.replaceUnsignedAttributes(signer, table);
        return CMSSignedData.replaceSigners(made, new SignerInformationStore(stamped));
    }

    /** A time-stamp over these bytes (RFC 3161), by the authority of the folder. */
    static byte[] stamp(byte[] content) throws Exception {
        Person authority = Person.of("tsa");
        TimeStampRequestGenerator asking = new TimeStampRequestGenerator();
        asking.setCertReq(true);
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
        TimeStampRequest request = asking.generate(TSPAlgorithms.SHA256, digest);
        var providers = new JcaDigestCalculatorProviderBuilder().build();
        DigestCalculator naming = providers.get(new AlgorithmIdentifier(NISTObjectIdentifiers.id_sha256));
        var signer = new JcaSimpleSignerInfoGeneratorBuilder().build("SHA256withRSA", authority.key, authority.own);
        var generator = new TimeStampTokenGenerator(signer, naming, new ASN1ObjectIdentifier("1.2.3.4.1"), true);
        generator.addCertificates(new JcaCertStore(authority.chain));
        return generator.generate(request, BigInteger.valueOf(serial++), tick()).getEncoded();
    }

    /** Fills the text field in a revision of its own. */
    static byte[] filled(byte[] pdf) throws IOException {
        try (PDDocument document = PDDocument.load(pdf)) {
            PDField field = document.getDocumentCatalog().getAcroForm().getField("note");
            field.setValue("So 15");
            COSDictionary entries = field.getCOSObject();
            COSDictionary looks = entries.getCOSDictionary(COSName.AP);
            COSDictionary form = document.getDocumentCatalog().getAcroForm().getCOSObject();
            COSArray fields = form.getCOSArray(COSName.FIELDS);
            COSStream shown = looks.getCOSStream(COSName.N);
            document.getDocumentCatalog().getCOSObject().setNeedToBeUpdated(true);
            for (COSUpdateInfo each : List.of(form, fields, entries, looks, shown)) {
                each.setNeedToBeUpdated(true); // PDFBox writes only what all that leads there is marked
            }
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            document.saveIncremental(out);
            return out.toByteArray();
        }
    }

    /** Stores the certificates and the list of the revoked, for all and for each signature (DSS, VRI). */
    static byte[] stored(byte[] pdf) throws Exception {
        try (PDDocument document = PDDocument.load(pdf)) {
            COSDictionary catalogue = document.getDocumentCatalog().getCOSObject();
            COSArray certificates = new COSArray(), lists = new COSArray();
            for (Certificate each : everybody()) {
                certificates.add(stream(document, each.getEncoded()));
            }
            lists.add(stream(document, Files.readAllBytes(folder.resolve("list.crl"))));
            COSDictionary entries = new COSDictionary();
            for (PDSignature each : document.getSignatureDictionaries()) {
                byte[] contents = each.getContents(pdf);
                COSDictionary entry = new COSDictionary();
                entry.setDirect(true);
                entry.setItem("Cert", certificates);
                entry.setItem("CRL", lists);
                byte[] name = MessageDigest.getInstance("SHA-1").digest(contents);
                entries.setItem(HexFormat.of().withUpperCase().formatHex(name), entry);
            }
            COSDictionary store = new COSDictionary();
            store.setItem("Certs", certificates);
            store.setItem("CRLs", lists);
            store.setItem("VRI", entries);
            declare(catalogue);
            catalogue.setItem("DSS", store);
            catalogue.setNeedToBeUpdated(true);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            document.saveIncremental(out);
            return out.toByteArray();
        }
    }

    /** Declares the extension of Adobe that knows such signatures; beside an older one, in a list of both. */
    static void declare(COSDictionary catalogue) {
        COSName adobe = COSName.getPDFName("ADBE");
        COSDictionary said = new COSDictionary();
        said.setItem("BaseVersion", COSName.getPDFName("1.7"));
        said.setInt("ExtensionLevel", 8);
        COSDictionary all = catalogue.getCOSDictionary(COSName.getPDFName("Extensions"));
        if (all == null) {
            all = new COSDictionary();
            all.setDirect(true);
            catalogue.setItem("Extensions", all);
        }
        COSDictionary had = all.getCOSDictionary(adobe);
        if (had == null) {
            said.setDirect(true);
            all.setItem(adobe, said);
        } else {
            had.setDirect(false);
            COSArray both = new COSArray();
            both.add(had);
            both.add(said);
            all.setItem(adobe, both);
        }
        catalogue.setNeedToBeUpdated(true);
    }

    static List<Certificate> everybody() throws Exception {
        List<Certificate> found = new ArrayList<>(Person.of("one").chain);
        found.add(Person.of("two").own);
        found.add(Person.of("tsa").own);
        return found;
    }

    static COSStream stream(PDDocument document, byte[] content) throws IOException {
        COSStream made = document.getDocument().createCOSStream();
        try (OutputStream out = made.createOutputStream(COSName.FLATE_DECODE)) {
            out.write(content);
        }
        return made;
    }

    /** Adds a document time-stamp (ISO 32000-2 §12.8.5). */
    static byte[] archived(byte[] pdf) throws Exception {
        PDSignature signature = new PDSignature();
        signature.setType(COSName.getPDFName("DocTimeStamp"));
        signature.setFilter(PDSignature.FILTER_ADOBE_PPKLITE);
        signature.setSubFilter(STAMP);
        return with(pdf, signature, null, content -> {
            try {
                return stamp(content.readAllBytes());
            } catch (IOException error) {
                throw error;
            } catch (Exception error) {
                throw new IOException(error);
            }
        });
    }
}
