// [REST-11] Generates clients from the committed OpenAPI document with the generators that people use, compiles them, and
// lets each make a round trip on a real server: create a document, write it, read it back, copy its bytes, be refused.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { owner } from '../clients/people.mjs'
import { Server } from '../clients/server.mjs'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const out = (path = '') => at(`../../target/ecosystem/${path}`)
const openapi = at('../../clients/typescript/openapi.json')
/** Runs a command, and returns its output. */
const run = (command, args, { cwd = at('.'), env = {} } = {}) => {
  const { status, error, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 64 << 20, env: { ...process.env, ...env } })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error ?? ''}\n${stdout}\n${stderr}`)
  return `${stdout}\n${stderr}`
}

/** Functions that generate and compile a client, and return the command for its round trip. */
const CLIENTS = {
  'openapi-python-client': () => {
    rmSync(out('python'), { recursive: true, force: true })
    const told = run(out('venv/bin/openapi-python-client'), ['generate', '--path', openapi, '--output-path', out('python'), '--overwrite', '--config', at('openapi-python-client.yml')])
    // It leaves out what it cannot read, and succeeds. It cannot send Markdown; the editor's JSON says the same.
    const left = told.split(/(?=WARNING parsing)/).slice(1).filter((warning) => !/PUT .*\/content within content\.\s+Unsupported content type text\/markdown/.test(warning))
    if (left.length > 0) throw new Error(left.join('\n'))
    run(out('venv/bin/python'), ['-m', 'compileall', '-q', out('python')])
    return [out('venv/bin/python'), [at('roundtrip.py')], { env: { PYTHONPATH: out('python') } }]
  },
  orval: () => {
    const folder = out('orval/')
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    run(at('node_modules/.bin/orval'), ['--config', at('orval.config.mjs')], { env: { OPENAPI: openapi, OUT: `${folder}consilium.ts` } })
    copyFileSync(at('roundtrip.ts'), `${folder}roundtrip.ts`)
    writeFileSync(`${folder}package.json`, '{ "type": "module" }')
    run(at('node_modules/.bin/tsc'), ['--strict', '--target', 'es2022', '--module', 'nodenext', '--lib', 'es2022,dom,dom.iterable', '--types', 'node', '--typeRoots', at('node_modules/@types'), `${folder}roundtrip.ts`])
    return ['node', [`${folder}roundtrip.js`]]
  },
  'openapi-generator (Go)': () => {
    const folder = out('go/')
    rmSync(folder, { recursive: true, force: true })
    run(out('venv/bin/openapi-generator-cli'), ['generate', '-i', openapi, '-g', 'go', '-o', folder, '--additional-properties=packageName=consilium,enumClassPrefix=true,isGoSubmodule=true'])
    // Its module has a name to be replaced, and tests that need a package of their own.
    const module = `${folder}go.mod`
    writeFileSync(module, readFileSync(module, 'utf8').replace(/^module .*/m, 'module consilium.example/client'))
    rmSync(`${folder}test`, { recursive: true, force: true })
    mkdirSync(`${folder}roundtrip`)
    copyFileSync(at('roundtrip.go'), `${folder}roundtrip/main.go`)
    const env = { GOFLAGS: '-mod=mod' }
    run('go', ['vet', './...'], { cwd: folder, env })
    run('go', ['build', '-o', 'trip', './roundtrip'], { cwd: folder, env })
    return [`${folder}trip`, []]
  },
  'openapi-generator (typescript-fetch)': () => {
    const folder = out('fetch/')
    rmSync(folder, { recursive: true, force: true })
    run(out('venv/bin/openapi-generator-cli'), ['generate', '-i', openapi, '-g', 'typescript-fetch', '-o', folder])
    run(at('node_modules/.bin/tsc'), ['--strict', '--noEmit', '--target', 'es2022', '--module', 'nodenext', '--lib', 'es2022,dom,dom.iterable', '--types', 'node', '--typeRoots', at('node_modules/@types'), `${folder}index.ts`])
  },
}

const server = await Server.start({ args: [] })
let failed = 0
try {
  const ana = await owner(server)
  const { key } = (await ana.expect(201, 'POST', '/keys', { name: 'A program', scopes: ['documents:read', 'documents:write'] })).body
  for (const [name, make] of Object.entries(CLIENTS)) {
    const began = Date.now()
    try {
      const trip = make()
      if (trip) {
        const [command, args, { env } = {}] = trip
        run(command, args, { env: { ...env, CONSILIUM_URL: server.url, CONSILIUM_KEY: key } })
      }
      console.log(`${name}: compiled${trip ? ', and made its round trip' : ''}, in ${Math.round((Date.now() - began) / 1000)} s`)
    } catch (error) {
      failed++
      console.error(`${name}: ${error.message}`)
    }
  }
} finally {
  await server.stop()
}
process.exit(failed)
