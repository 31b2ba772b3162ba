import type { Editor } from '@tiptap/core'
import { Baseline, Check, Eraser } from 'lucide-react'
import { Menu } from '../../../elements/Menu'
import { ariaKeys, keyName } from '../keys'
import { COLORS, type Color } from '../marks/colors'
import { t } from '../messages'
import { icon } from './ToolButton'

/** The colours of the selected words. */
export const colorsAt = (editor: Editor): Colors => ({ text: editor.getAttributes('textColor').color ?? null, ground: editor.getAttributes('highlight').color ?? null })

export interface Colors {
  text: string | null
  ground: string | null
}

/** The colours of words, and of what is highlighted. */
export function ColorMenu({ editor, colors }: { editor: Editor; colors: Colors }) {
  const item = (kind: 'text' | 'ground', color: Color, run: () => void) => (
    <button key={color} type="button" role="menuitem" aria-current={colors[kind] === color || undefined} onMouseDown={(event) => event.preventDefault()} onClick={run}>
      {/* not a text: a letter as a sample */}
      <span className={`swatch ${kind}`} data-color={color} aria-hidden="true">A</span>
      <span className="visually-hidden">{kind === 'text' ? t.textColor : t.highlight} </span>{COLORS[color]}
      {colors[kind] === color && <Check {...icon} className="chosen" />}
    </button>
  )
  const names = Object.keys(COLORS) as Color[]
  return (
    <Menu label={t.colors} icon={<Baseline {...icon} />}>
      <small className="eyebrow" aria-hidden="true">{t.textColor}</small>
      {names.map((color) => item('text', color, () => editor.chain().focus().colorText(color).run()))}
      <small className="eyebrow" aria-hidden="true">{t.highlight} <span className="hint-keys">{keyName('Mod-Shift-h')}</span></small>
      {names.map((color) => item('ground', color, () => editor.chain().focus().highlightText(color).run()))}
      <button type="button" role="menuitem" aria-keyshortcuts={ariaKeys('Mod-Shift-h')} onMouseDown={(event) => event.preventDefault()} onClick={() => editor.chain().focus().colorText(null).highlightText(null).run()}><Eraser {...icon} />{t.noColor}</button>
    </Menu>
  )
}
