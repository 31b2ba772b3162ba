import { Check, LogOut, UserRound } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { Avatar } from '../../../elements/Avatar'
import { Menu } from '../../../elements/Menu'
import { type Theme, chooseTheme, theme } from '../../../theme'
import type { Me } from '../api'
import { UnsyncedDialog } from '../dialogs'
import { t } from '../messages'
import { useSignOut } from './useSignOut'

const icon = { size: 16, strokeWidth: 1.75 }

const THEMES: readonly (readonly [theme: Theme, name: string])[] = [['light', t.light], ['dark', t.dark], ['system', t.system]]

/** The signed-in account: its settings, the theme of this device, and signing out. */
export function AccountMenu({ me }: { me: Me }) {
  const [chosen, choose] = useState(theme)
  const { ask, unsent, signOut, stay, failure } = useSignOut(me)
  return (
    <>
      <Menu label={t.yourAccount} text={me.name} opens="above" icon={<Avatar name={me.name} color={me.color} />}>
        <Link role="menuitem" href="/settings/profile"><UserRound {...icon} />{t.profileAndSettings}</Link>
        <p className="eyebrow" role="presentation">{t.theme}</p>
        {THEMES.map(([value, name]) => (
          <button key={value} type="button" role="menuitemradio" aria-checked={chosen === value} onClick={() => { chooseTheme(value); choose(value) }}>
            {chosen === value ? <Check {...icon} /> : <span className="no-icon" />}{name}
          </button>
        ))}
        <button type="button" role="menuitem" onClick={ask}><LogOut {...icon} />{t.signOut}</button>
      </Menu>
      {failure && <div role="alert" className="notice">{failure.message}</div>}
      {unsent.length > 0 && <UnsyncedDialog documents={unsent} onDiscard={signOut} onClose={stay} />}
    </>
  )
}
