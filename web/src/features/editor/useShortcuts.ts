// The keys that belong to the whole document, wherever the caret is. Those of the text are with its extensions.
import type { Editor } from '@tiptap/core'
import type { EditorState } from '@tiptap/pm/state'
import { useEffect } from 'react'
import type { DocumentMode, Mode } from '../suggesting'
import { copyAsMarkdown } from './copy/copySelection'
import { takesLinkKey } from './links/linkKey'
import { t } from './messages'
import type { DocumentPanels } from './panels'
import { selected } from './passage'
import type { EditorTools } from './tools'

/** Of the element that holds the text. */
export const attributes = (state: EditorState): Record<string, string> =>
  ({ 'aria-label': t.documentText, role: 'textbox', 'aria-multiline': 'true', lang: '', spellcheck: 'true', ...(takesLinkKey(state) && { 'data-takes-link-key': '' }) })

const MODE_KEYS: Record<string, Mode> = { KeyZ: 'editing', KeyX: 'suggesting', KeyC: 'viewing' }

interface Keys {
  tools: EditorTools
  panels: DocumentPanels
  mode: DocumentMode
  editable: boolean
  mayComment: boolean
  /** Goes to the next suggestion, or the one before. */
  onStep: (step: 1 | -1) => void
}

export function useShortcuts(editor: Editor | null, { tools, panels, mode, editable, mayComment, onStep }: Keys): void {
  useEffect(() => {
    if (!editor) return
    const onKeyDown = (event: KeyboardEvent) => {
      const target = event.target instanceof Element ? event.target : null
      const isInText = target !== null && editor.view.dom.contains(target)
      // Dialogs have keys of their own.
      if (target?.closest('dialog')) return
      const act = actOf(event, isInText, target)
      if (!act) return
      event.preventDefault()
      event.stopPropagation()
      act()
    }
    const actOf = (event: KeyboardEvent, isInText: boolean, target: Element | null): (() => void) | null => {
      const isMod = event.ctrlKey || event.metaKey
      const key = event.key.toLowerCase()
      const { isAlone } = tools.state
      // AltGr writes letters; on some keyboards it counts as both keys.
      // not a text: a key
      if (isMod && event.altKey && !event.getModifierState('AltGraph')) {
        const chosen = event.shiftKey ? MODE_KEYS[event.code] : undefined
        if (chosen) return () => mode.choose(chosen)
        if (event.code === 'KeyJ' || event.code === 'KeyK') return () => onStep(event.code === 'KeyJ' ? 1 : -1)
      }
      if (isMod && event.altKey && event.shiftKey && event.code === 'KeyM') return () => void copyAsMarkdown(editor.state)
      if (isMod && event.altKey && !event.shiftKey && event.code === 'KeyM' && mayComment) {
        const passage = selected(editor.state)
        return passage ? () => panels.beginThread({ passage }) : null
      }
      if (isMod && !event.altKey && !event.shiftKey) {
        if (key === 'k' && isInText && editable && takesLinkKey(editor.state)) return () => tools.link(true)
        // Ctrl-F within the find bar opens the browser's own search.
        if (key === 'f' && !target?.closest('.find-bar')) return () => tools.find('find')
        if (key === 'h' && editable) return () => tools.find('replace')
        if (key === '/') return () => tools.show('keys')
      }
      const isTyping = target?.closest('input,textarea,select,[contenteditable="true"]') !== null && target !== null
      if (key === '?' && !isMod && !event.altKey && !isTyping) return () => tools.show('keys')
      if (key === 'escape' && isAlone && !document.querySelector('.floating, .slash, .find-bar')) return () => tools.alone(false)
      return null
    }
    addEventListener('keydown', onKeyDown, true)
    return () => removeEventListener('keydown', onKeyDown, true)
  }, [editor, tools, panels, mode, editable, mayComment, onStep])
}
