// Keeps the shape of src/: what a file may import, and how long a component may be. Run by `npm run lint`.
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'

const MOST_LINES = 250
/** The files that put features together. */
const SHELL = ['app.tsx', 'frame.tsx', 'home.tsx', 'main.tsx', 'rail.tsx', 'settings.tsx']
const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*['"](\.[^'"]*)['"]/g

/** The feature that a path of src/ belongs to, if any. */
const featureOf = (path) => /^features\/([^/]+)/.exec(path)?.[1]

/** The paths that a file imports, relative to src/. */
const importsOf = (path, text) => [...text.matchAll(IMPORT)].map(([, target]) => posix.join(dirname(path), target))

/** Why a file may not import a path; undefined if it may. */
function forbids(from, to) {
  const [own, other] = [featureOf(from), featureOf(to)]
  if (!other) return
  const isPublic = to === `features/${other}` || to === `features/${other}/index`
  if (own === other) return isPublic ? 'a feature imports its own files one by one, not its index' : undefined
  if (!own && !SHELL.includes(from)) return `only features and ${SHELL.join(', ')} know features`
  if (!isPublic) return `it is internal to ${other}: import features/${other}`
}

/** An import cycle from a feature back to itself; undefined if there is none. */
function cycle(edges) {
  const walk = (path) => {
    for (const next of edges.get(path.at(-1)) ?? []) {
      if (next === path[0]) return [...path, next]
      const found = path.includes(next) ? undefined : walk([...path, next])
      if (found) return found
    }
  }
  for (const feature of [...edges.keys()].sort()) {
    const found = walk([feature])
    if (found) return found
  }
}

/** All violations in the files, given as pairs of a path below src/ and its text. */
export function faultsOf(files) {
  const faults = []
  const edges = new Map()
  for (const [path, text] of files) {
    const lines = text.trimEnd().split('\n').length
    if (path.endsWith('.tsx') && lines > MOST_LINES) faults.push(`${path} has ${lines} lines: a component has at most ${MOST_LINES}`)
    for (const target of importsOf(path, text)) {
      const why = forbids(path, target)
      if (why) faults.push(`${path} imports ${target}: ${why}`)
      const [own, other] = [featureOf(path), featureOf(target)]
      if (own && other && own !== other) edges.set(own, (edges.get(own) ?? new Set()).add(other))
    }
  }
  const round = cycle(edges)
  if (round) faults.push(`features import each other in a circle: ${round.join(' -> ')}`)
  return faults
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const src = fileURLToPath(new URL('../src', import.meta.url))
  const paths = readdirSync(src, { recursive: true }).map((path) => path.replaceAll('\\', '/')).filter((path) => /\.tsx?$/.test(path))
  const faults = faultsOf(paths.map((path) => [path, readFileSync(join(src, path), 'utf8')]))
  for (const fault of faults) console.error(`src/${fault}`)
  if (faults.length > 0) process.exit(1)
}
