import { type ReactNode, useId } from 'react'
import { CopyButton } from './CopyButton'

interface Props {
  /** Its purpose, and that it is not shown again. */
  label: ReactNode
  secret: string
  className?: string
}

/** A link, key or other secret that the server sends once: it can be copied, and is not stored. */
export function ShownOnce({ label, secret, className }: Props) {
  const id = useId()
  return (
    <div className={className ? `field ${className}` : 'field'}>
      <label htmlFor={id}>{label}</label>
      <div className="row">
        <input id={id} className="grow" readOnly value={secret} onFocus={(event) => event.currentTarget.select()} />
        <CopyButton text={secret} />
      </div>
    </div>
  )
}
