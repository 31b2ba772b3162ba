import { useId } from 'react'
import { t } from '../messages'

interface Props {
  label: string
  name: string
  /** Whether the password is meant for others: it is then shown while it is typed, and may stay empty. */
  isHandedOn?: boolean
}

/** A field for a new password, with the rule for passwords below it. */
export function NewPasswordField({ label, name, isHandedOn = false }: Props) {
  const rule = useId()
  return (
    <div className="field grow">
      <label className="field">{label}
        <input name={name} type={isHandedOn ? 'text' : 'password'} autoComplete={isHandedOn ? 'off' : 'new-password'} required={!isHandedOn} minLength={8} maxLength={1024} aria-describedby={rule} />
      </label>
      <small id={rule}>{t.passwordRule}</small>
    </div>
  )
}
