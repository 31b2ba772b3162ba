// Measures everything here and writes it into the last part of bench/RESULTS.md.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { program } from '../../tests/clients/server.mjs'
import { descriptors } from './descriptors.mjs'
import { doubling, report as ofDoubling } from './doubling.mjs'
import { minutes, report as ofMinutes } from './minute.mjs'
import { GROWTH } from './measure.mjs'

const HEADING = '# Hostile input'
const results = fileURLToPath(new URL('../RESULTS.md', import.meta.url))
const build = program.includes('/release/') ? 'a release build' : 'a debug build, whose handlers are not optimised'
const [costs, worst, files] = [await doubling(), await minutes(), await descriptors()]
const text = `${HEADING}

\`node bench/hostile/all.mjs\` on ${new Date().toISOString().slice(0, 10)}, ${build} of ${execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()}, on two cores shared with other work.

## What doubling an input costs

CPU time of the server for one request, in ms, with an input of n, 2n and 4n. Growth above ${GROWTH} per doubling is a fault, unless the larger input is refused. The kernel counts CPU time in steps of 10 ms: each figure is the mean of several requests, or the median of a few long ones.

${ofDoubling(costs)}

## The worst minute of one person

16 loops of that person's most expensive requests, sockets and abandoned requests for ${process.env.SECONDS_EACH ?? 60} s; beside them, another member writes five small comments a second.

${ofMinutes(worst)}

## No file descriptors left

600 silent connections to a server that may have 300 files:
${files.map(({ what, fine, ms }) => `\n- ${what}: ${fine ? 'yes' : '**no**'}, after ${ms.toFixed(0)} ms`).join('')}
`
const before = readFileSync(results, 'utf8')
const at = before.indexOf(`\n${HEADING}`)
writeFileSync(results, `${(at < 0 ? before : before.slice(0, at)).trimEnd()}\n\n${text}`)
const bad = [...costs, ...worst, ...files].filter(({ fine }) => !fine)
console.error(bad.length === 0 ? 'all is well' : `${bad.length} are not: ${bad.map(({ name, kind, what }) => name ?? kind ?? what).join(', ')}`)
process.exitCode = bad.length === 0 ? 0 : 1
