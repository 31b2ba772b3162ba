import { useState } from 'react'
import { t } from '../messages'

/** A field for the end of a right, shown when somebody asks for it. Its name in the form is `until`. */
export function ExpiryField() {
  const [isAsked, ask] = useState(false)
  if (!isAsked) return <button type="button" className="button quiet" onClick={() => ask(true)}>{t.setExpiry}</button>
  return <label className="field">{t.expires}<input type="datetime-local" name="until" /></label>
}
