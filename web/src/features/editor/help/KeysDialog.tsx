import { useEffect, useRef } from 'react'
import { keyName } from '../keys'
import { BLOCKS, HEADINGS, HISTORY, LINK, LISTS, MARKS, TEXT } from '../toolbar/tools'

const named = (tools: { label: string; keys?: string }[]) => tools.flatMap(({ label, keys }): [string, string][] => (keys ? [[label, keyName(keys)]] : []))

const SECTIONS: [string, [string, string][]][] = [
  ['Text', named([...MARKS, LINK])],
  ['Blocks', named([TEXT, ...HEADINGS, ...LISTS, ...BLOCKS])],
  ['Moving', [['Move block up', keyName('Alt-Shift-Up')], ['Move block down', keyName('Alt-Shift-Down')], ['Indent item', 'Tab'], ['Outdent item', keyName('Shift-Tab')], ['Next cell of a table', 'Tab']]],
  ['Document', [...named(HISTORY), ['Comment', keyName('Mod-Alt-m')], ['Find', keyName('Mod-f')], ['Find and replace', keyName('Mod-h')], ['Paste as plain text', keyName('Mod-Shift-v')], ['Search everything', keyName('Mod-k')], ['These shortcuts', `${keyName('Mod-/')} or ?`]]],
  ['While typing', [['Insert a block', '/'], ['Link to a page', '[[ or @'], ['Date', '@today'], ['Emoji', ':name:'], ['Heading', '# ## ###'], ['Bullet list', '- '], ['Numbered list', '1. '], ['Task list', '[ ] '], ['Quote', '> '], ['Code block', '```'], ['Divider', '---'], ['Bold', '**words**'], ['Italic', '*words*'], ['Inline code', '`words`']]],
]

/** What the keyboard can do. */
export default function KeysDialog({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    dialog.current?.showModal()
    // The only button is at the end; reading begins at the start.
    dialog.current?.scrollTo(0, 0)
  }, [])
  return (
    <dialog ref={dialog} className="keys" aria-labelledby="keys-title" onClose={onClose}>
      <div className="stack">
        <h2 id="keys-title">Keyboard shortcuts</h2>
        <div className="columns">
          {SECTIONS.map(([title, keys]) => (
            <section key={title}>
              <h3>{title}</h3>
              <dl>{keys.map(([label, name]) => [<dt key={label}>{label}</dt>, <dd key={`${label} keys`}><kbd>{name}</kbd></dd>])}</dl>
            </section>
          ))}
        </div>
        <form method="dialog" className="row end"><button type="submit" className="button">Done</button></form>
      </div>
    </dialog>
  )
}
