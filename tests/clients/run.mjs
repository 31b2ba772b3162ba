// Runs all tests of this folder, or the named files. The matrix runs only on Postgres (postgres.test.mjs), because it
// takes as long again. With TEST_AGAIN=1, as in CI, files that failed are run again one after another, unless there are
// many. If they pass the second time, they are printed as UNSTEADY: such a test, or the program, has a fault.
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { createInterface } from 'node:readline'

/** More failed files than this are not a coincidence. */
const MOST = 6

/** Runs tests, and returns the exit status and the files in which one failed. */
async function run(files, concurrency) {
  const child = spawn(process.execPath, ['--test', '--test-force-exit', `--test-concurrency=${concurrency}`, '--test-reporter=tap', ...files], { stdio: ['inherit', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => child.on('close', (status) => resolve(status ?? 1)))
  const failed = new Set()
  let isFailure = false
  for await (const line of createInterface({ input: child.stdout })) {
    console.log(line)
    if (/^\s*(not )?ok \d/.test(line)) isFailure = /^\s*not ok/.test(line)
    const file = isFailure && /^\s*location: '(.*):\d+:\d+'$/.exec(line)?.[1]
    if (file) failed.add(file)
  }
  return { status: await ended, failed: [...failed] }
}

/** The files that take longest, which begin first. */
const LONG = ['openapi.test.mjs', 'postgres.test.mjs', 'agreement.test.mjs', 'key_scopes.test.mjs', 'imports.test.mjs', 'journey.test.mjs', 'attacks.test.mjs']
/** Files that postgres.test.mjs runs on Postgres; on SQLite, only `make fuzz` runs them. */
const ON_POSTGRES_ALONE = ['matrix.test.mjs']

function all() {
  const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.test.mjs') && !ON_POSTGRES_ALONE.includes(file))
  return [...LONG.filter((file) => files.includes(file)), ...files.filter((file) => !LONG.includes(file))]
}

const named = process.argv.slice(2)
let { status, failed } = await run(named.length > 0 ? named : all(), 4)
if (status !== 0 && process.env.TEST_AGAIN === '1' && failed.length > 0 && failed.length <= MOST) {
  console.log(`# Run again: ${failed.join(' ')}`)
  ;({ status } = await run(failed, 1))
  if (status === 0) console.log(`# UNSTEADY, passed when run again: ${failed.join(' ')}`)
}
process.exit(status)
