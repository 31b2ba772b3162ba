// Generated files that are not what they seem: bombs, polyglots, wrong types, loops and things that a browser would run.
import { crc32, deflateRawSync, deflateSync } from 'node:zlib'

const DOCX = 'word/document.xml'
const u16 = (number) => Buffer.from([number & 255, (number >> 8) & 255])
const u32 = (number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(number >>> 0)
  return bytes
}

/** A ZIP file of parts: `[name, content, claimed size]`. */
export function zip(parts) {
  const [local, central] = [[], []]
  let at = 0
  for (const [name, content, claimed = content.length] of parts) {
    const packed = deflateRawSync(content)
    const about = Buffer.concat([u16(20), u16(0), u16(8), u32(0), u32(crc32(content)), u32(packed.length), u32(claimed), u16(Buffer.byteLength(name)), u16(0)])
    const entry = Buffer.concat([Buffer.from('PK\x03\x04'), about, Buffer.from(name), packed])
    central.push(Buffer.concat([Buffer.from('PK\x01\x02'), u16(20), about, u16(0), u16(0), u16(0), u32(0), u32(at), Buffer.from(name)]))
    local.push(entry)
    at += entry.length
  }
  const directory = Buffer.concat(central)
  return Buffer.concat([...local, directory, Buffer.from('PK\x05\x06'), u32(0), u16(parts.length), u16(parts.length), u32(directory.length), u32(at), u16(0)])
}

/** A PNG that claims this size, with rows of zeros as far as `rows`. */
function png(width, height, rows) {
  const chunk = (kind, data) => {
    const body = Buffer.concat([Buffer.from(kind), data])
    const size = Buffer.alloc(4)
    size.writeUInt32BE(data.length)
    const sum = Buffer.alloc(4)
    sum.writeUInt32BE(crc32(body))
    return Buffer.concat([size, body, sum])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width)
  header.writeUInt32BE(height, 4)
  header.set([8, 0], 8)
  const line = Math.min(width + 1, 1 << 20)
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', header), chunk('IDAT', deflateSync(Buffer.alloc(line * rows))), chunk('IEND', Buffer.alloc(0))])
}

const word = (body, before = '') => zip([['[Content_Types].xml', Buffer.from('<Types/>')], [DOCX, Buffer.from(`<?xml version="1.0"?>${before}<w:document xmlns:w="w"><w:body>${body}</w:body></w:document>`)]])
const bomb = (bytes) => zip([[DOCX, Buffer.alloc(bytes, '<w:p/>')]])
const pdf = (objects) => Buffer.from(`%PDF-1.4\n${objects}\ntrailer << /Root 1 0 R /Size 9 >>\nstartxref\n9\n%%EOF`)
const lol = `<!DOCTYPE x [<!ENTITY a0 "ha">${Array.from({ length: 30 }, (_, n) => `<!ENTITY a${n + 1} "&a${n};&a${n};">`).join('')}]>`

/** Each kind, by a number that makes it another file. */
const KINDS = [
  (n) => ['bomb.docx', bomb((8 + n) << 20)],
  (n) => ['large-bomb.docx', zip([[DOCX, Buffer.concat([Buffer.from('<a>'), Buffer.alloc((140 << 20) + n, 'x')])]])],
  (n) => ['claims-little.docx', zip([[DOCX, Buffer.alloc((20 << 20) + n, ' '), 10]])],
  (n) => ['slip.zip', zip([[`../../../../tmp/slip-${n}`, Buffer.from('x')], ['/etc/passwd', Buffer.from('x')]])],
  (n) => ['slip.docx', zip([[`../${DOCX}`, Buffer.from(`x${n}`)], [`../../${DOCX}`, Buffer.from('y')]])],
  (n) => ['entity.docx', word(`<w:t>${n}&e;</w:t>`, '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>')],
  (n) => ['laughs.docx', word(`<w:t>${n}&a30;</w:t>`, lol)],
  (n) => ['deep.docx', word('<w:p>'.repeat(200_000) + n)],
  (n) => ['many.xlsx', zip([['xl/workbook.xml', Buffer.from('<x/>')], ...Array.from({ length: 600 }, (_, sheet) => [`xl/worksheets/sheet${sheet}.xml`, Buffer.from(`<c><v>${n}</v></c>`)])])],
  (n) => ['wide.png', png(60_000 + n, 60_000, 1)],
  (n) => ['claims.png', png(19_000, 19_000 + n, 1)],
  (n) => ['bomb.png', png(7_000, 7_000 - n, 7_000 - n)],
  (n) => ['cut.png', png(500, 500, 500).subarray(0, 60 + n)],
  (n) => ['polyglot.png', Buffer.concat([png(10, 10, 10), Buffer.from(`<script>alert(${n})</script>`), word('<w:t>x</w:t>')])],
  (n) => ['polyglot.gif', Buffer.from(`GIF89a/*${n}*/=1;alert(1)//<script>alert(1)</script>`)],
  (n) => ['not-a.jpg', Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(${n})"><script>alert(1)</script></svg>`)],
  (n) => ['page.png', Buffer.from(`<!doctype html><script>alert(${n})</script><img src=x onerror=alert(1)>`)],
  (n) => ['comment.txt', Buffer.from(`<!-- ${n} --><html><script>alert(1)</script>`)],
  (n) => ['lists.html', Buffer.from(`<!doctype html>${n}${'<ul><li>'.repeat(100_000)}`)],
  (n) => ['unclosed.html', Buffer.from(`<html>${n}<!--${'<script>'.repeat(50_000)}`)],
  (n) => ['entities.html', Buffer.from(`<html>${n}${'&'.repeat(500_000)}${'&#x1;'.repeat(100_000)}`)],
  (n) => ['loop.pdf', pdf(`1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj\n2 0 obj << /Type /Pages /Kids [2 0 R 2 0 R] /Count ${n + 2} >> endobj`)],
  (n) => ['nested.pdf', pdf(`1 0 obj ${'['.repeat(100_000)}${n}`)],
  (n) => ['length.pdf', pdf(`1 0 obj << /Type /Catalog /Pages 2 0 R /Length 99999999999${n} >> stream\nx`)],
  (n) => ['garbage.pdf', Buffer.concat([Buffer.from(`%PDF-1.7 ${n}`), Buffer.alloc(100_000, 0xff)])],
  (n) => ['garbage.webp', Buffer.concat([Buffer.from('RIFF'), u32(100 + n), Buffer.from('WEBPVP8L'), Buffer.alloc(200, 0xaa)])],
  (n) => ['garbage.jpg', Buffer.concat([Buffer.from('ffd8ffe000104a464946', 'hex'), Buffer.alloc(5_000 + n, 0x41)])],
  (n) => ['program.pdf', Buffer.concat([Buffer.from('MZ'), Buffer.alloc(1_000 + n)])],
  (n) => ['\u202egnp.exe', Buffer.concat([Buffer.from('\x7fELF'), Buffer.alloc(100 + n, 7)])],
  (n) => ['empty.zip', Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(n + 1)])],
]

/** This many files, of every kind in turn. */
export function* hostileFiles(count) {
  for (let n = 0; n < count; n++) {
    const [name, content] = KINDS[n % KINDS.length](Math.floor(n / KINDS.length))
    yield { name, content }
  }
}
