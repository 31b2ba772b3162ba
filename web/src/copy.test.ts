// @vitest-environment jsdom
import { afterEach, expect, test, vi } from 'vitest'
import { copyPromised } from './copy'

afterEach(() => vi.unstubAllGlobals())

test('[EDIT-15] what is copied is promised to the clipboard within the click, before it is there', async () => {
  const written: Promise<Blob>[] = []
  vi.stubGlobal('ClipboardItem', class { constructor(items: Record<string, Promise<Blob>>) { written.push(items['text/plain'] as Promise<Blob>) } })
  vi.stubGlobal('navigator', { clipboard: { write: () => Promise.resolve() } })
  let finish: (words: string) => void = () => undefined
  const copied = copyPromised(new Promise<string>((done) => { finish = done }))
  expect(written).toHaveLength(1)
  finish('**Costs**')
  await copied
  expect((await written[0])?.size).toBe(9)
})

test('[EDIT-15] a browser without promises to its clipboard gets the words', async () => {
  const words: string[] = []
  vi.stubGlobal('navigator', { clipboard: { writeText: async (text: string) => void words.push(text) } })
  await copyPromised(Promise.resolve('Costs'))
  expect(words).toEqual(['Costs'])
})
