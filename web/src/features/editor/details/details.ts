// Toggles: a summary, and blocks below it that can be shown or hidden. Whether a toggle is open is a state of the page,
// not of the document.
import { type Editor, mergeAttributes } from '@tiptap/core'
import { Details, DetailsContent, DetailsSummary } from '@tiptap/extension-details'
import { t } from '../messages'

declare module '@tiptap/core' {
  interface Commands<ReturnType> {
    toggles: {
      /** Puts the selected blocks below a summary, which is empty, or takes them out again. */
      toggleDetails: () => ReturnType
    }
  }
}

const DETAILS = '[data-type="details"]'

function label(button: HTMLButtonElement, isOpen: boolean): void {
  button.setAttribute('aria-label', isOpen ? t.fold : t.unfold)
  button.setAttribute('aria-expanded', String(isOpen))
}

function open(details: Element): void {
  if (details.classList.contains('is-open')) return
  details.classList.add('is-open')
  const button = details.querySelector<HTMLButtonElement>(':scope > button')
  if (button) label(button, true)
  details.querySelector(':scope > div > [data-type="detailsContent"]')?.dispatchEvent(new Event('toggleDetailsContent'))
}

/** Opens everything around an element, so that it can be seen. */
export function openAround(element: Element | null | undefined): void {
  for (let details = element?.closest(`${DETAILS}`); details; details = details.parentElement?.closest(`${DETAILS}`)) {
    // A summary is visible without opening its own toggle.
    if (element?.closest('summary')?.parentElement?.parentElement !== details) open(details)
  }
}

/** Opens what surrounds the caret. */
function openAtCaret({ view, state }: Editor): void {
  const { node } = view.domAtPos(state.selection.from)
  const element = node instanceof Element ? node : node.parentElement
  const details = element?.closest(DETAILS)
  if (details) open(details)
  openAround(details)
}

export const details = [
  Details.configure({ renderToggleButton: ({ element, isOpen }) => label(element, isOpen) }).extend({
    addCommands() {
      const own = this.parent?.()
      return {
        ...own,
        toggleDetails: () => ({ editor, chain }) => {
          if (editor.isActive(this.name)) return chain().unsetDetails().run()
          const isSet = chain().setDetails().run()
          // Its content is written next.
          if (isSet) queueMicrotask(() => editor.isDestroyed || openAtCaret(editor))
          return isSet
        },
      }
    },
    addKeyboardShortcuts() {
      const inSummary = (act: (button: HTMLButtonElement) => void) => {
        const { $from } = this.editor.state.selection
        if ($from.parent.type.name !== 'detailsSummary') return false
        const dom = this.editor.view.nodeDOM($from.before(-1))
        const button = dom instanceof Element ? dom.querySelector<HTMLButtonElement>(':scope > button') : null
        if (button) act(button)
        return button !== null
      }
      return {
        ...this.parent?.(),
        'Mod-Alt-f': () => this.editor.commands.toggleDetails(),
        'Mod-Enter': () => inSummary((button) => button.click()),
      }
    },
  }),
  // Plain words: in Markdown, a summary is within a tag of HTML.
  DetailsSummary.extend({
    marks: '',
    renderHTML: ({ HTMLAttributes }) => ['summary', mergeAttributes(HTMLAttributes, { 'data-placeholder': t.summary }), 0],
  }),
  DetailsContent,
]
