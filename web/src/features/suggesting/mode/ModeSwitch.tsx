import { Check, Eye, type LucideIcon, Pencil, PencilLine } from 'lucide-react'
import { Menu } from '../../../elements/Menu'
import type { Right } from '../../../rights'
import { useStore } from '../../../store'
import { t } from '../messages'
import { DocumentMode, type Mode, modesFor } from './mode'

const icon = { size: 16, strokeWidth: 1.75, 'aria-hidden': true } as const

export const MODES: Record<Mode, { name: string; does: string; Icon: LucideIcon; keys: string }> = {
  editing: { name: t.editing, does: t.editingDoes, Icon: Pencil, keys: 'Mod-Alt-Shift-Z' },
  suggesting: { name: t.suggesting, does: t.suggestingDoes, Icon: PencilLine, keys: 'Mod-Alt-Shift-X' },
  viewing: { name: t.viewing, does: t.viewingDoes, Icon: Eye, keys: 'Mod-Alt-Shift-C' },
}

interface Props {
  mode: DocumentMode
  right: Right | null | undefined
  keyName: (keys: string) => string
}

/** Chooses a mode of the document, among those that the right allows. */
export function ModeSwitch({ mode, right, keyName }: Props) {
  const current = useStore(mode, (state) => DocumentMode.of(state, right))
  const modes = modesFor(right)
  const { name, Icon } = MODES[current]
  if (modes.length === 1) return null
  return (
    <div className="mode">
      <Menu label={t.mode({ name })} icon={<><Icon {...icon} /><span className="label">{name}</span></>}>
        {modes.map((one) => {
          const { name, does, Icon, keys } = MODES[one]
          return (
            <button key={one} type="button" role="menuitemradio" aria-checked={one === current} aria-label={name} onClick={() => mode.choose(one)}>
              <Icon {...icon} />
              <span className="two-lines">{name}<small>{does}</small></span>
              <span className="hint-keys" aria-hidden="true">{one === current ? <Check {...icon} /> : keyName(keys)}</span>
            </button>
          )
        })}
      </Menu>
    </div>
  )
}
