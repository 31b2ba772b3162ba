// ":name:" becomes an emoji; while the name is typed, those that fit are offered. The list is loaded at the first colon.
import { Extension, InputRule } from '@tiptap/core'
import { t } from '../messages'
import { offering } from '../offering'

export interface EmojiName {
  sign: string
  name: string
}

/** How many are offered at once. */
const MOST = 8
/** Fewer letters would open the list after every colon. */
const LEAST = 2

let loaded: EmojiName[] = []
const load = async (): Promise<EmojiName[]> => (loaded = (await import('./emojis')).EMOJIS)

export function fitting(all: EmojiName[], query: string): EmojiName[] {
  const words = query.toLowerCase()
  const begins = all.filter(({ name }) => name.startsWith(words))
  return [...begins, ...all.filter(({ name }) => !name.startsWith(words) && name.includes(words))].slice(0, MOST)
}

export const Emoji = Extension.create({
  name: 'emoji',
  addInputRules: () => [
    new InputRule({
      find: (text) => {
        const match = /(?<![\p{L}\p{N}:]):([a-z0-9_+-]{2,}):$/u.exec(text)
        const found = match && loaded.find(({ name }) => name === match[1])
        return match && found ? { index: match.index, text: match[0], replaceWith: found.sign } : null
      },
      handler: ({ state, range, match }) => {
        const found = loaded.find(({ name }) => `:${name}:` === match[0])
        if (found) state.tr.insertText(found.sign, range.from, range.to)
      },
    }),
  ],
  addProseMirrorPlugins() {
    return [
      offering<EmojiName>({
        editor: this.editor,
        name: 'emoji',
        sign: ':',
        items: async (query) => {
          const all = await load()
          return query.length >= LEAST && /^[a-z]/i.test(query) ? fitting(all, query) : []
        },
        insert: (editor, range, { sign }) => void editor.chain().focus().insertContentAt(range, `${sign} `).run(),
        menu: { label: t.emoji, option: ({ sign, name }) => ({ sign, title: name.replaceAll('_', ' '), hint: `:${name}:` }) },
      }),
    ]
  },
})
