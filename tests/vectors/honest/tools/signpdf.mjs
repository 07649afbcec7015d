// Signs with @signpdf/signpdf: node signpdf.mjs FOLDER; see libpdf.mjs for what FOLDER holds.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const folder = process.argv[2];
const require = createRequire(`${process.cwd()}/`);
const { SignPdf } = require("@signpdf/signpdf");
const { P12Signer } = require("@signpdf/signer-p12");
const { plainAddPlaceholder } = require("@signpdf/placeholder-plain");
const { SUBFILTER_ETSI_CADES_DETACHED } = require("@signpdf/utils");

async function signed(bytes, key, options) {
  const prepared = plainAddPlaceholder({
    pdfBuffer: bytes, reason: "Duyet", contactInfo: "a@example.test", name: "Anh", location: "Hue", ...options,
  });
  const signer = new P12Signer(readFileSync(`${folder}/${key}`), { passphrase: process.env.PASSWORD });
  return new SignPdf().sign(prepared, signer);
}

const write = (name, bytes) => writeFileSync(`${folder}/${name}.pdf`, bytes);
const page = readFileSync(`${folder}/plain.pdf`);
const made = await signed(page, "one.p12", {});
write("signpdf-pkcs7", made);
write("signpdf-pades", await signed(page, "one.p12", { subFilter: SUBFILTER_ETSI_CADES_DETACHED }));
write("signpdf-shown", await signed(page, "one.p12", { widgetRect: [100, 100, 200, 150] }));
write("signpdf-two", await signed(made, "two.p12", {}));
