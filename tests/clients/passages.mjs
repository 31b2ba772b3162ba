// Do comments and authors follow the words? Three people edit a document in real editors (ProseMirror bound to Yjs, as
// on the page) as people do: Enter, Backspace, headings, lists, quotes, moves, cut and paste, undo, redo, restore, find
// and replace, writes over REST, table rows. Every word is unique, so the truth is known: a comment is on its word as
// long as the word is there, and each letter has the author and time at which its word was first written.
//
//   node passages.mjs <path of the passages example> [seeds] [first seed] [edits]
//
// The first run shows the tracker the text as it is; the second one shows it only 60 distinct words.
import { performance } from 'node:perf_hooks'
import { Followed, WORD, World, wordsIn } from './everyday.mjs'

const [, , program, seeds = '30', firstSeed = '1', edits = '200'] = process.argv
const PASSAGES = 40
const MODES = [
  { name: 'unique words', masked: false, kept: 99.5, wrong: 0, authors: 99.5 },
  // Nobody can tell who wrote which of many equal words.
  { name: '60 distinct words', masked: true, kept: 99, wrong: 0.3, authors: 0 },
]

let seed = Number(firstSeed)
const VERBOSE = process.env.PASSAGES_VERBOSE

/**
 * Whether a place is the rest of a word, or a word with something written in it. An undo sometimes brings the letters
 * of a split word back in another order: they still count as letters of that word.
 */
function isPartOf(word, place) {
  const letters = place.replaceAll('\n', '')
  let head = 0
  while (head < word.length && letters[head] === word[head]) head++
  const tail = word.slice(head)
  const sorted = (text) => [...text].sort().join('')
  return word.includes(letters) || letters.includes(word) || (head > 0 && tail.length > 0 && letters.endsWith(tail)) || (head > 2 && sorted(letters) === sorted(word))
}

/** Runs one seed, and adds what it saw to the totals. */
async function run(followed, mode, totals) {
  followed.seed = seed
  await followed.ask('n')
  const world = new World(seed, mode.masked)
  await world.begin(followed)
  const counts = () => {
    const counts = new Map()
    for (const word of wordsIn(world.truth)) counts.set(word, (counts.get(word) ?? 0) + 1)
    return counts
  }
  const authors = async () => {
    const { text, before, now } = await followed.json('o')
    world.truth = text
    return { text, before, now }
  }
  await authors()
  const marked = []
  const all = [...counts().keys()]
  for (let n = 0; n < PASSAGES; n++) {
    const [word] = all.splice(world.below(all.length), 1)
    marked.push(word)
    await followed.ask('m', Buffer.from(JSON.stringify({ word })))
  }
  const was = marked.map(() => 'kept')
  for (let n = 0; n < Number(edits); n++) {
    await world.edit(followed)
    await world.deliver(followed)
    if (n % 20 === 19) await world.settle(followed)
    const [said, places] = await Promise.all([followed.ask('t'), followed.json('q')])
    const text = new TextDecoder().decode(said)
    world.truth = text
    const there = counts()
    const before_ = world.there ?? there
    world.there = there
    marked.forEach((word, index) => {
      const judge = (place) => (place === word ? 'kept' : place === null || isPartOf(word, place) ? 'lost' : 'wrong')
      const state = judge(places.now[index])
      if (there.get(word) === 1) {
        totals.due++
        totals.before[judge(places.before[index])]++
        totals.now[state]++
      } else if (state === 'wrong') totals.now.wrong++
      if (VERBOSE && state !== was[index] && !(there.get(word) !== 1 && state === 'lost')) {
        if (there.get(word) === 1 || state === 'wrong') console.log(`seed ${seed} edit ${n} kind ${world.kind}: ${word} (${index}) ${was[index]} -> ${state} ${JSON.stringify(places.now[index])}, ${before_.get(word) ?? 0} before`)
      }
      was[index] = state
    })
    totals.applied = places.applied
    totals.followed = places.followed
    if (n % 20 === 19) {
      const { before, now } = await authors()
      judgeAuthors(world, totals, text, before, now, there)
    }
  }
  totals.micros.push([totals.applied, totals.followed])
}

function judgeAuthors(world, totals, text, before, now, there) {
  const at = (runs) => {
    const letters = new Array(text.length)
    for (const [from, to, user, time] of runs) letters.fill({ user, time }, from, to)
    return letters
  }
  const letters = { before: at(before), now: at(now) }
  for (const match of text.matchAll(WORD)) {
    const truth = world.written.get(match[0])
    if (!truth || there.get(match[0]) !== 1) continue
    totals.letters += match[0].length
    for (let index = match.index; index < match.index + match[0].length; index++) {
      for (const side of ['before', 'now']) {
        const said = letters[side][index]
        if (said?.user === truth.user && said.time === truth.at) totals.authors[side]++
        else if (VERBOSE && side === 'now' && index === match.index && !world.told?.has(match[0]) && (world.told ??= new Set()).add(match[0])) console.log(`seed ${seed} kind ${world.kind} author of ${match[0]}: ${said?.user}@${(said?.time ?? 0) - 1.7e12}, not ${truth.user}@${truth.at - 1.7e12}`)
      }
    }
  }
}

const percent = (part, whole) => (100 * part) / whole
let failed = false
for (const mode of MODES) {
  if (process.env.PASSAGES_MODE && !mode.name.startsWith(process.env.PASSAGES_MODE)) continue
  const started = performance.now()
  const totals = { due: 0, letters: 0, micros: [], before: { kept: 0, lost: 0, wrong: 0 }, now: { kept: 0, lost: 0, wrong: 0 }, authors: { before: 0, now: 0 } }
  const followed = new Followed(program)
  for (seed = Number(firstSeed); seed < Number(firstSeed) + Number(seeds); seed++) await run(followed, mode, totals)
  followed.end()
  const row = (name, { kept, lost, wrong }, authors) =>
    `  ${name.padEnd(24)} ${percent(kept, totals.due).toFixed(3)} % kept, ${lost} orphaned, ${wrong} wrong, ${percent(authors, totals.letters).toFixed(3)} % of letters with the right author and time`
  const [applied, withTracker] = [0, 1].map((side) => totals.micros.reduce((sum, one) => sum + one[side], 0))
  const updates = Number(seeds) * Number(edits)
  console.log(`${mode.name}: ${seeds} seeds of ${edits} edits, ${PASSAGES} passages, ${totals.due} checks, ${totals.letters} letters, ${((performance.now() - started) / 1000).toFixed(0)} s`)
  console.log(row('relative positions only', totals.before, totals.authors.before))
  console.log(row('followed', totals.now, totals.authors.now))
  console.log(`  an edit takes ${(applied / updates).toFixed(0)} µs, ${(withTracker / updates).toFixed(0)} µs with the tracker`)
  const [kept, wrong, right] = [percent(totals.now.kept, totals.due), percent(totals.now.wrong, totals.due), percent(totals.authors.now, totals.letters)]
  if (!(kept >= mode.kept && wrong <= mode.wrong && right >= mode.authors)) {
    console.error(`  must be: at least ${mode.kept} % kept, at most ${mode.wrong} % wrong, at least ${mode.authors} % of letters right`)
    failed = true
  }
}
process.exit(failed ? 1 : 0)
