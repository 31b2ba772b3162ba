import { useEffect, useRef } from 'react'
import { MODES } from '../../suggesting'
import { keyName } from '../keys'
import { t } from '../messages'
import { BLOCKS, HEADINGS, HIGHLIGHT, HISTORY, LINK, LISTS, MARKS, SCRIPTS, SIDES, TEXT } from '../toolbar/tools'

const named = (tools: { label: string; keys?: string }[]) => tools.flatMap(({ label, keys }): [string, string][] => (keys ? [[label, keyName(keys)]] : []))

const SECTIONS: [string, [string, string][]][] = [
  [t.text, named([...MARKS, HIGHLIGHT, ...SCRIPTS, LINK])],
  [t.blocks, [...named([TEXT, ...HEADINGS, ...LISTS, ...BLOCKS, ...SIDES]), [t.openToggle, keyName('Mod-Enter')]]],
  [t.moving, [[t.moveBlockUp, keyName('Alt-Shift-Up')], [t.moveBlockDown, keyName('Alt-Shift-Down')], [t.indentItem, keyName('Tab')], [t.outdentItem, keyName('Shift-Tab')], [t.nextCellOfATable, keyName('Tab')]]],
  [t.document, [...named(HISTORY), [t.comment, keyName('Mod-Alt-m')], [t.find, keyName('Mod-f')], [t.findAndReplace, keyName('Mod-h')], [t.pasteAsPlainText, keyName('Mod-Shift-v')], [t.copyAsMarkdown, keyName('Mod-Alt-Shift-m')], [t.searchEverything, keyName('Mod-k')], [t.theseShortcuts, t.keysOr({ keys: keyName('Mod-/') })]]],
  [t.comments, [[t.nextComment, 'J'], [t.previousComment, 'K'], [t.replyInThePanel, 'R'], [t.resolveInThePanel, 'E']]],
  [t.suggestions, [...Object.values(MODES).map(({ name, keys }): [string, string] => [name, keyName(keys)]), [t.nextSuggestion, keyName('Mod-Alt-j')], [t.previousSuggestion, keyName('Mod-Alt-k')], [t.acceptInThePanel, 'A'], [t.rejectInThePanel, 'R']]],
  [t.whileTyping, [[t.insertABlock, '/'], [t.linkToAPage, t.linkKeys], [t.date, t.atToday], [t.emoji, t.emojiKeys], [t.heading, '# ## ###'], [t.bulletList, '- '], [t.numberedList, '1. '], [t.taskList, '[ ] '], [t.quote, '> '], [t.codeBlock, '```'], [t.callout, '[!note] '], [t.footnote, '[^1]'], [t.divider, '---'], [t.bold, `**${t.someWords}**`], [t.italic, `*${t.someWords}*`], [t.inlineCode, `\`${t.someWords}\``], [t.highlight, `==${t.someWords}==`]]],
]

/** What the keyboard can do. */
export function KeysDialog({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    dialog.current?.showModal()
    // The only button is at the end; reading begins at the start.
    dialog.current?.scrollTo(0, 0)
  }, [])
  return (
    <dialog ref={dialog} className="keys" aria-labelledby="keys-title" onClose={onClose}>
      <div className="stack">
        <h2 id="keys-title">{t.keyboardShortcuts}</h2>
        <div className="columns">
          {SECTIONS.map(([title, keys]) => (
            <section key={title}>
              <h3>{title}</h3>
              <dl>{keys.map(([label, name]) => [<dt key={label}>{label}</dt>, <dd key={`${label} keys`}><kbd>{name}</kbd></dd>])}</dl>
            </section>
          ))}
        </div>
        <form method="dialog" className="row end"><button type="submit" className="button">{t.done}</button></form>
      </div>
    </dialog>
  )
}
