import { type Editor, useEditorState } from '@tiptap/react'

const WORDS_A_MINUTE = 220

/** Counts words like the server: a word has a letter or a digit. */
const count = (text: string): number => text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length

export function WordCount({ editor }: { editor: Editor }) {
  const words = useEditorState({ editor, selector: ({ editor }) => count(editor.getText({ blockSeparator: '\n' })) })
  const minutes = Math.round(words / WORDS_A_MINUTE)
  return <p className="count">{words === 1 ? '1 word' : `${words.toLocaleString('en')} words`}{minutes >= 1 && ` · ${minutes} min read`}</p>
}
