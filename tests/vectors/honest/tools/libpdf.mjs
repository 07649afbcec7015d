// Signs with @libpdf/core: node libpdf.mjs FOLDER
// FOLDER holds page.pdf, packed.pdf, one.p12, two.p12, list.crl, tsa.cnf and tsa.{key,pem}; PASSWORD opens the keys.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const folder = process.argv[2];
const require = createRequire(`${process.cwd()}/`);
const { PDF, P12Signer } = await import(pathToFileURL(require.resolve("@libpdf/core")));

const read = (name) => new Uint8Array(readFileSync(`${folder}/${name}`));
const [one, two] = await Promise.all(
  ["one.p12", "two.p12"].map((name) => P12Signer.create(read(name), process.env.PASSWORD)),
);

const authority = {
  async timestamp(digest, algorithm) {
    const hash = algorithm.replace("-", "").toLowerCase();
    const hex = Buffer.from(digest).toString("hex");
    const openssl = (...args) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
    openssl("ts", "-query", "-digest", hex, `-${hash}`, "-cert", "-no_nonce", "-out", "query.tsq");
    openssl("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query.tsq", "-token_out", "-out", "token.der");
    return read("token.der");
  },
};
const revocationProvider = { getOCSP: async () => null, getCRL: async () => read("list.crl") };

const levels = {
  "B-B": {},
  "B-T": { timestampAuthority: authority },
  "B-LT": { timestampAuthority: authority, revocationProvider },
  "B-LTA": { timestampAuthority: authority, revocationProvider },
};

async function signed(bytes, signer, options) {
  const pdf = await PDF.load(bytes);
  return (await pdf.sign({ signer, ...options })).bytes;
}

const write = (name, bytes) => writeFileSync(`${folder}/${name}.pdf`, bytes);
const page = read("page.pdf");
for (const [level, options] of Object.entries(levels)) {
  const made = await signed(page, one, { level, ...options });
  write(`libpdf-${level.toLowerCase()}`, made);
  if (level !== "B-T") write(`libpdf-two-${level.toLowerCase()}`, await signed(made, two, { level, ...options }));
}
write("libpdf-pkcs7", await signed(page, one, { subFilter: "adbe.pkcs7.detached", reason: "Duyệt" }));
write("libpdf-packed", await signed(read("packed.pdf"), one, { level: "B-LTA", ...levels["B-LTA"] }));
