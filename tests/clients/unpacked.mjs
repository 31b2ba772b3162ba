// Reads the archives of exports.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join as path } from 'node:path'
import { temporary } from './server.mjs'

/** The files of an export, read by an independent program. */
export async function unpacked(person, address) {
  const answer = await fetch(`${person.server.url}/api/v1${address}`, { headers: { cookie: person.cookie } })
  assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, 'application/zip'])
  const bytes = Buffer.from(await answer.arrayBuffer())
  assert.equal(Number(answer.headers.get('content-length')), bytes.length)
  const folder = temporary('export-')
  try {
    writeFileSync(path(folder, 'x.zip'), bytes)
    mkdirSync(path(folder, 'out'))
    execFileSync('python3', ['-m', 'zipfile', '-e', path(folder, 'x.zip'), path(folder, 'out')])
    const found = readdirSync(path(folder, 'out'), { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
    return { name: answer.headers.get('content-disposition'), files: Object.fromEntries(found.map((one) => [path(one.parentPath, one.name).slice(path(folder, 'out').length + 1), readFileSync(path(one.parentPath, one.name), 'utf8')])) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
