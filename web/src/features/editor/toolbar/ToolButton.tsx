import type { Editor } from '@tiptap/core'
import { ariaKeys, withKeys } from '../keys'
import type { Tool } from './tools'

export const icon = { size: 16, strokeWidth: 1.75, 'aria-hidden': true } as const

interface Props {
  tool: Omit<Tool, 'run'>
  isOn: boolean | undefined
  onUse: () => void
  disabled?: boolean
}

/** A tool as a button with its icon. It keeps the selection of the text. */
export function ToolButton({ tool: { label, keys, Icon }, isOn, onUse, disabled }: Props) {
  return (
    <button
      type="button" className="button quiet" aria-label={label} title={withKeys(label, keys)} aria-keyshortcuts={keys && ariaKeys(keys)}
      aria-pressed={isOn} disabled={disabled} onMouseDown={(event) => event.preventDefault()} onClick={onUse}
    >
      <Icon {...icon} />
    </button>
  )
}

export const statesOf = (editor: Editor, tools: Pick<Tool, 'label' | 'isOn'>[]): Record<string, boolean | undefined> =>
  Object.fromEntries(tools.map(({ label, isOn }) => [label, isOn?.(editor)]))
