// The sizes of the built page's scripts, compressed, and how large they may become. Run by `npm run lint` if the page is
// built; bench/page/measure.mjs writes them down.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const DIST = fileURLToPath(new URL('../dist', import.meta.url))
/** The most that every page, and then a document, may load before it is shown, in KB: a second each at 1.6 Mbit/s. */
const MOST = { shell: 110, editor: 220 }

/** A file's static imports, and theirs. The rest is loaded when it is needed. */
function needs(folder, name, seen = new Set()) {
  if (seen.has(name)) return seen
  seen.add(name)
  for (const [, other] of readFileSync(join(folder, name), 'utf8').matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g)) needs(folder, other, seen)
  return seen
}

/** The scripts that the shell loads, the texts of one language, and the scripts that an open document adds, in KB of gzip. */
export function bundles(dist = DIST) {
  const folder = join(dist, 'assets')
  const files = readdirSync(folder).filter((name) => name.endsWith('.js'))
  const size = (name) => gzipSync(readFileSync(join(folder, name)), { level: 9 }).length / 1000
  const total = (names) => [...names].reduce((sum, name) => sum + size(name), 0)
  const named = (name) => files.filter((file) => new RegExp(`^${name}-[\\w-]{8}\\.js$`).test(file))
  const entry = /assets\/(index-[\w-]+\.js)/.exec(readFileSync(join(dist, 'index.html'), 'utf8'))[1]
  const shell = needs(folder, entry)
  const [page] = named('editor')
  const own = [...needs(folder, page)].filter((name) => !shell.has(name))
  return { page: total(named('page')), libraries: total(named('libraries')), shell: total(shell), texts: total(named('en')), editor: total(own) }
}

/** What is larger than it may be. */
export const faultsOf = (sizes, most = MOST) =>
  Object.keys(most).filter((name) => sizes[name] > most[name]).map((name) => `dist/: the ${name} has ${sizes[name].toFixed(1)} KB of scripts: it has at most ${most[name]}`)

if (process.argv[1] === fileURLToPath(import.meta.url) && existsSync(DIST)) {
  const sizes = bundles()
  if (process.argv.includes('--show')) console.log(sizes)
  const faults = faultsOf(sizes)
  for (const fault of faults) console.error(fault)
  if (faults.length > 0) process.exit(1)
}
