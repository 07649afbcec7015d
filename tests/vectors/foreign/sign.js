// Signs a PDF once for each PKCS#12 file, one revision after the other: node sign.js IN OUT PASSPHRASE P12...
const fs = require('node:fs');
const {SignPdf} = require('@signpdf/signpdf');
const {plainAddPlaceholder} = require('@signpdf/placeholder-plain');
const {P12Signer} = require('@signpdf/signer-p12');

async function main([input, output, passphrase, ...files]) {
    let pdf = fs.readFileSync(input);
    for (const file of files) {
        const said = {reason: 'Signed elsewhere', contactInfo: '', name: '', location: ''};
        pdf = plainAddPlaceholder({pdfBuffer: pdf, ...said});
        pdf = await new SignPdf().sign(pdf, new P12Signer(fs.readFileSync(file), {passphrase}));
    }
    fs.writeFileSync(output, pdf);
}

main(process.argv.slice(2));
