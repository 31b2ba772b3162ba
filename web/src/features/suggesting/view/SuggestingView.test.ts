// @vitest-environment jsdom
// Tests the view against a server that follows the same contract, loses answers, forgets views, and receives edits of
// other people.
import { getSchema } from '@tiptap/core'
import { Fragment, type Node } from '@tiptap/pm/model'
import { EditorState } from '@tiptap/pm/state'
import { Transform } from '@tiptap/pm/transform'
import { StarterKit } from '@tiptap/starter-kit'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Problem } from '../../../client'
import { kept, unsentSuggestions } from '../../../sync/local'
import type { BlockChange, Json, OpenedView, ViewAnswer } from '../api'
import { differingBlocks } from '../rebase/changes'
import { mappingBetween, rebase } from '../rebase/rebase'
import { saidOf } from './SuggestingLine'
import { type Host, SuggestingView } from './SuggestingView'
import { ViewMarks } from './ViewMarks'
import { unsentWords } from './unsent'

const schema = getSchema([StarterKit])
const doc = (...lines: string[]) => schema.node('doc', null, lines.map((line) => schema.node('paragraph', null, line ? [schema.text(line)] : [])))
const textOf = (node: Node) => node.textBetween(0, node.content.size, '\n')

/** A server that follows the contract: the view is the text with the suggestions, computed for each answer. */
class Server {
  base: Node
  #seen: Node
  view: Node
  #token = 'v1'
  #known = 0
  #last: { body: string; answer: ViewAnswer } | null = null
  /** What goes wrong with the next request, before or after the server has done it. */
  fails: 'before' | 'after' | null = null
  mayComment = true
  requests = 0

  constructor(base: Node) {
    this.base = base
    this.#seen = base
    this.view = base
  }

  edit(make: (tr: Transform) => unknown): void {
    const tr = new Transform(this.base)
    make(tr)
    this.base = tr.doc
  }

  forget(): void {
    this.#token += '+'
    this.#last = null
    this.#known = 0
  }

  #renew(): void {
    this.view = rebase(new Transform(this.view), this.#seen, this.base, mappingBetween(this.#seen, this.view)).doc
    this.#seen = this.base
  }

  open = async (): Promise<OpenedView> => {
    this.#check()
    this.#known = 0
    this.#last = null
    this.#renew()
    return { view: this.#token, seq: 1, content: this.view.toJSON() as Json, marks: [] }
  }

  exchange = async (token: string, body: { known: number; change?: BlockChange }): Promise<ViewAnswer> => {
    this.requests++
    this.#check()
    if (token !== this.#token) throw new Problem(409, 'view_unknown', 'unknown')
    const lost = this.fails === 'after'
    if (lost) this.fails = null
    const answer = this.#answer(body)
    if (lost) throw new Problem(0, 'unreachable', "Can't reach the server.")
    return answer
  }

  #answer(body: { known: number; change?: BlockChange }): ViewAnswer {
    if (this.#last?.body === JSON.stringify(body)) return this.#last.answer
    if (body.known !== this.#known) throw new Problem(409, 'view_unknown', 'another client')
    const { change } = body
    const blocks = this.view.content.content
    if (change) this.view = this.view.copy(Fragment.from([...blocks.slice(0, change.from), ...change.blocks.map((block) => schema.nodeFromJSON(block)), ...blocks.slice(change.to)]))
    const sent = this.view
    this.#renew()
    const range = differingBlocks(sent, this.view)
    this.#known++
    const answer: ViewAnswer = {
      known: this.#known, seq: 1, marks: [], made: [], withdrawn: [], refused: [],
      ...(range && { change: { from: range.from, to: range.to, blocks: this.view.content.content.slice(range.from, range.toAfter).map((block) => block.toJSON() as Json) } }),
    }
    this.#last = { body: JSON.stringify(body), answer }
    return answer
  }

  #check(): void {
    if (!this.mayComment) throw new Problem(403, 'forbidden', 'You can only view this document.')
    if (this.fails !== 'before') return
    this.fails = null
    throw new Problem(0, 'unreachable', "Can't reach the server.")
  }
}

/** An editor without a window. */
function editorOf(view: SuggestingView): Host & { composing: boolean; type: (at: number, words: string) => void; doc: () => Node } {
  let state = EditorState.create({ doc: schema.nodeFromJSON(view.state.content), plugins: (ViewMarks.config.addProseMirrorPlugins as () => never[]).call({ options: { color: '', onOpen: () => {} } } as never) })
  const dispatch = (tr: Parameters<Host['dispatch']>[0]) => {
    state = state.apply(tr)
    view.note(tr)
  }
  return {
    get state() {
      return state
    },
    composing: false,
    dispatch,
    type: (at, words) => dispatch(state.tr.insertText(words, at)),
    doc: () => state.doc,
  }
}

async function opened(server: Server) {
  const view = new SuggestingView(server, 'ana', 'plan')
  const end = view.start()
  await vi.advanceTimersByTimeAsync(10)
  const editor = editorOf(view)
  view.attach(editor)
  return { view, editor, end }
}

beforeEach(() => {
  vi.useFakeTimers()
  localStorage.clear()
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

test('[SUG-32] what is typed is sent after a pause, and others\' edits come in beside it', async () => {
  const server = new Server(doc('Growth is slow.', 'We hire three people.'))
  const { view, editor, end } = await opened(server)
  editor.type(10, ' very')
  expect(server.requests).toBe(0)
  server.edit((tr) => tr.insert(18 + 4, schema.text('also ')))
  await vi.advanceTimersByTimeAsync(500)
  expect(textOf(server.view)).toContain('Growth is')
  expect(textOf(editor.doc())).toBe(textOf(server.view))
  expect(textOf(editor.doc())).toContain(' very')
  expect(textOf(editor.doc())).toContain('also ')
  expect(view.state).toMatchObject({ isUnsent: false, refusal: null })
  end()
})

test('[SUG-32] somebody who does not pause is sent every second', async () => {
  const server = new Server(doc('Growth is slow.'))
  const { editor, end } = await opened(server)
  for (let letter = 0; letter < 30; letter++) {
    editor.type(1, 'x')
    await vi.advanceTimersByTimeAsync(100)
  }
  expect(server.requests).toBeGreaterThanOrEqual(2)
  expect(server.requests).toBeLessThanOrEqual(6)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(textOf(server.view)).toBe(`${'x'.repeat(30)}Growth is slow.`)
  end()
})

test('[SUG-32] over lost requests, lost answers, forgotten views and edits of others, nothing typed is lost or said twice', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    localStorage.clear()
    let state = seed * 7919
    const upTo = (most: number) => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
      return Math.floor((state / 0x7fffffff) * most)
    }
    const server = new Server(doc('Growth is slow in the north.', 'We hire three people for the office.', 'Costs rise in June.'))
    const { view, editor, end } = await opened(server)
    let typed = ''
    let caret = 1 + upTo(20)
    for (let act = 0; act < 40; act++) {
      const what = upTo(10)
      if (what < 5) {
        const letter = String.fromCodePoint(0x430 + typed.length)
        const before = editor.doc()
        caret = Math.min(caret, before.content.size - 1)
        if (before.resolve(caret).parent.inlineContent) {
          editor.type(caret, letter)
          caret++
          typed += letter
        } else caret++
      } else if (what === 5) server.fails = 'before'
      else if (what === 6) server.fails = 'after'
      else if (what === 7) server.forget()
      else {
        const at = server.base.content.size - 3 - upTo(8)
        if (server.base.resolve(at).parent.inlineContent) server.edit((tr) => tr.insert(at, schema.text('Z')))
        view.news()
      }
      await vi.advanceTimersByTimeAsync(upTo(700))
      if (upTo(6) === 0) caret = 1 + upTo(editor.doc().content.size - 2)
    }
    server.fails = null
    await vi.advanceTimersByTimeAsync(30_000)
    view.news()
    await vi.advanceTimersByTimeAsync(5_000)
    const text = textOf(editor.doc())
    const found = [...text].filter((letter) => letter >= 'а')
    expect([...found].sort().join(''), `seed ${seed}: ${text}`).toBe([...typed].sort().join(''))
    expect(text, `seed ${seed}`).toBe(textOf(server.view))
    expect(view.state, `seed ${seed}`).toMatchObject({ isUnsent: false, phase: 'open', isUnreachable: false })
    end()
  }
})

test('[SUG-33] without a connection, what was typed is kept on the device, and the next page sends it', async () => {
  const server = new Server(doc('Growth is slow.', 'Costs rise.'))
  const first = await opened(server)
  vi.spyOn(server, 'exchange').mockRejectedValue(new Problem(0, 'unreachable', "Can't reach the server."))
  first.editor.type(1, 'So far: ')
  await vi.advanceTimersByTimeAsync(3_000)
  expect(saidOf(first.view.state, true, Date.now())).toEqual({ kind: 'warn', text: 'Offline – suggestions saved on this device' })
  first.end()
  expect(textOf(server.view)).toBe('Growth is slow.\nCosts rise.')
  vi.restoreAllMocks()
  server.edit((tr) => tr.insert(18, schema.text('All ')))
  const second = await opened(server)
  expect(textOf(second.editor.doc())).toBe('So far: Growth is slow.\nAll Costs rise.')
  await vi.advanceTimersByTimeAsync(1_000)
  expect(textOf(server.view)).toBe('So far: Growth is slow.\nAll Costs rise.')
  expect(kept(unsentSuggestions('ana', 'plan'))).toBeUndefined()
  second.end()
})

test('[SUG-33] who loses the right while typing keeps the words, as a copy', async () => {
  const server = new Server(doc('Growth is slow.', 'Costs rise.'))
  const { view, editor, end } = await opened(server)
  server.mayComment = false
  editor.type(1, 'So far: ')
  await vi.advanceTimersByTimeAsync(1_000)
  expect(view.state).toMatchObject({ phase: 'ended', reason: 'You can only view this document.' })
  expect(unsentWords('ana', 'plan')).toBe('So far: Growth is slow.')
  end()
})

test('[SUG-33] what the server refuses is said, kept, and sent again once it is changed', async () => {
  const server = new Server(doc('Growth is slow.'))
  const { view, editor, end } = await opened(server)
  const refused = vi.spyOn(server, 'exchange').mockRejectedValueOnce(new Problem(422, 'too_many', 'You have 500 open suggestions here.'))
  editor.type(1, 'a')
  await vi.advanceTimersByTimeAsync(5_000)
  expect(saidOf(view.state, true, Date.now())).toEqual({ kind: 'danger', text: 'Not saved: You have 500 open suggestions here.' })
  expect(refused).toHaveBeenCalledTimes(1)
  editor.type(1, 'b')
  await vi.advanceTimersByTimeAsync(1_000)
  expect(textOf(server.view)).toBe('baGrowth is slow.')
  expect(view.state).toMatchObject({ refusal: null, isUnsent: false })
  end()
})

test('[SUG-33] what the server refuses can be discarded, also by the next page, and is not sent again', async () => {
  const server = new Server(doc('Growth is slow.', 'Costs rise.'))
  const first = await opened(server)
  const refusing = vi.spyOn(server, 'exchange').mockRejectedValue(new Problem(422, 'too_many', 'You have 500 open suggestions here.'))
  first.editor.type(1, 'So far: ')
  await vi.advanceTimersByTimeAsync(1_000)
  first.end()
  const { view, editor, end } = await opened(server)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(textOf(editor.doc())).toBe('So far: Growth is slow.\nCosts rise.')
  expect(view.state).toMatchObject({ refusal: 'You have 500 open suggestions here.', isKept: true })
  expect(unsentWords('ana', 'plan')).toBe('So far: Growth is slow.')
  view.discardRefused()
  expect(textOf(editor.doc())).toBe('Growth is slow.\nCosts rise.')
  expect(view.state).toMatchObject({ refusal: null, isUnsent: false, isKept: false })
  refusing.mockRestore()
  editor.type(1, 'Now: ')
  await vi.advanceTimersByTimeAsync(2_000)
  expect(textOf(server.view)).toBe('Now: Growth is slow.\nCosts rise.')
  end()
})

test('[SUG-33] what the server refuses and the person takes back is not kept', async () => {
  const server = new Server(doc('Growth is slow.'))
  const { view, editor, end } = await opened(server)
  vi.spyOn(server, 'exchange').mockRejectedValueOnce(new Problem(422, 'too_many', 'You have 500 open suggestions here.'))
  editor.type(1, 'a')
  await vi.advanceTimersByTimeAsync(5_000)
  expect(view.state.isKept).toBe(true)
  editor.dispatch(editor.state.tr.delete(1, 2))
  await vi.advanceTimersByTimeAsync(1_000)
  expect(view.state).toMatchObject({ refusal: null, isUnsent: false, isKept: false })
  end()
})

test('[SUG-32] an answer waits until a letter is composed', async () => {
  const server = new Server(doc('Growth is slow.', 'Costs rise.'))
  const { view, editor, end } = await opened(server)
  editor.composing = true
  server.edit((tr) => tr.insert(18, schema.text('All ')))
  view.news()
  await vi.advanceTimersByTimeAsync(2_000)
  expect(textOf(editor.doc())).not.toContain('All')
  editor.composing = false
  await vi.advanceTimersByTimeAsync(500)
  expect(textOf(editor.doc())).toContain('All')
  end()
})

test('[SUG-32] an answer that was lost before the page closed neither loses nor repeats words', async () => {
  for (const more of ['', '!', ' and this is more than was sent before']) {
    localStorage.clear()
    const server = new Server(doc('Growth is slow.'))
    const first = await opened(server)
    first.editor.type(1, 'So far: ')
    server.fails = 'after'
    await vi.advanceTimersByTimeAsync(500)
    first.editor.type(9, more)
    vi.spyOn(server, 'exchange').mockRejectedValue(new Problem(0, 'unreachable', "Can't reach the server."))
    first.end()
    vi.restoreAllMocks()
    const second = await opened(server)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(textOf(server.view)).toBe(`So far: ${more}Growth is slow.`)
    expect(kept(unsentSuggestions('ana', 'plan'))).toBeUndefined()
    second.end()
  }
})

test('[SUG-33] what was sent while the page closed does not come back after it was rejected', async () => {
  const server = new Server(doc('Growth is slow.'))
  const first = await opened(server)
  first.editor.type(1, 'So far: ')
  first.end()
  first.view.detach()
  await vi.advanceTimersByTimeAsync(10)
  expect(textOf(server.view)).toBe('So far: Growth is slow.')
  expect(kept(unsentSuggestions('ana', 'plan'))).toBeUndefined()
})

test('[SUG-32] edits of others that follow one another closely arrive', async () => {
  const server = new Server(doc('Growth is slow.'))
  const { view, editor, end } = await opened(server)
  for (let n = 0; n < 30; n++) {
    server.edit((tr) => tr.insert(1, schema.text('x')))
    view.news()
    await vi.advanceTimersByTimeAsync(100)
  }
  expect(textOf(editor.doc())).toContain('xx')
  end()
})

test('[SUG-33] words whose place was decided on meanwhile are offered as a copy, and the rest is still sent', async () => {
  const server = new Server(doc('Growth is slow.'))
  const { view, editor, end } = await opened(server)
  const exchange = server.exchange
  vi.spyOn(server, 'exchange').mockImplementationOnce(async (...asked) => ({ ...(await exchange(...asked)), refused: [{ code: 'conflict', sentence: 'It was decided.', words: 'So far' }] }))
  editor.type(1, 'So far ')
  await vi.advanceTimersByTimeAsync(1_000)
  expect(view.state).toMatchObject({ returned: 'So far', refusal: null })
  editor.type(1, 'b')
  await vi.advanceTimersByTimeAsync(1_000)
  expect(textOf(server.view)).toContain('b')
  expect(view.state.returned).toBe('So far')
  view.dismissReturned()
  expect(view.state.returned).toBe('')
  end()
})

test('[SUG-32] a server that opens no more views is asked now and then', async () => {
  const server = new Server(doc('Growth is slow.'))
  const open = vi.spyOn(server, 'open').mockRejectedValue(new Problem(409, 'too-many-views', 'Too many people suggest here.'))
  const view = new SuggestingView(server, 'ana', 'plan')
  const end = view.start()
  await vi.advanceTimersByTimeAsync(20_000)
  expect(open.mock.calls.length).toBeGreaterThan(2)
  expect(open.mock.calls.length).toBeLessThan(8)
  end()
})
