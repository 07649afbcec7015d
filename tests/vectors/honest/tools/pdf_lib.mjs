// Signs documents that pdf-lib stores, with @signpdf and with zgapdfsigner: node pdf_lib.mjs FOLDER SECONDS
//
// Run where npm installed them (see by_services.py); SECONDS (since 1970) is when all this happens.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.cwd(), "here.js"));
const { PDFDocument } = require("pdf-lib");
const signpdf = require("@signpdf/signpdf").default;
const { P12Signer } = require("@signpdf/signer-p12");
const { pdflibAddPlaceholder } = require("@signpdf/placeholder-pdf-lib");
const { SUBFILTER_ETSI_CADES_DETACHED } = require("@signpdf/utils");
const { PdfSigner } = require("zgapdfsigner");

const [folder, seconds] = process.argv.slice(2);
const when = new Date(Number(seconds) * 1000);
const password = process.env.PASSWORD;
const read = (name) => readFileSync(join(folder, name));
const write = (name, pdf) => writeFileSync(join(folder, `${name}.pdf`), pdf);
const [one, two] = ["one.p12", "two.p12"].map(read);
const said = { reason: "Duyet", location: "Hue" };

/** Stores the document anew with pdf-lib, with a place for a signature, and fills that. */
async function stored(pdf, packed, more) {
  const pdfDoc = await PDFDocument.load(pdf);
  pdflibAddPlaceholder({
    pdfDoc, ...said, name: "Nguyen Thi Anh", contactInfo: "a@example.test", signingTime: when, ...more,
  });
  const waiting = Buffer.from(await pdfDoc.save({ useObjectStreams: packed }));
  return signpdf.sign(waiting, new P12Signer(one, { passphrase: password }), when);
}

/** Signs with zgapdfsigner, which appends an update once a document is signed. */
async function signed(pdf, key, more = {}) {
  const signer = new PdfSigner({ p12cert: key, pwd: password, signdate: when, ...said, ...more });
  return Buffer.from(await signer.sign(pdf));
}

const text = (y, words) => ({
  drawinf: { area: { x: 300, y, w: 180, h: 40 }, textInfo: { text: words, size: 12 } },
});
const page = read("page.pdf");
const cades = { widgetRect: [300, 100, 480, 160], subFilter: SUBFILTER_ETSI_CADES_DETACHED };
write("pdf_lib-shown", await stored(page, false, cades));
write("pdf_lib-packed", await stored(read("linearized.pdf"), true, {}));
const first = await signed(page, one, text(600, "Nguyen Thi Anh"));
write("zga-two-shown", await signed(first, two, text(700, "Tran Van Binh")));
write("zga-two-packed", await signed(await signed(read("packed.pdf"), one), two));
write("zga-certified-approved", await signed(await signed(page, one, { permission: 2 }), two));
