import type { ReactNode } from 'react'

interface Props {
  /** Its purpose, and that it is not shown again. */
  label: ReactNode
  secret: string
  className?: string
}

/** A link, key or other secret that the server sends once: it can be copied, and is not stored. */
export function ShownOnce({ label, secret, className }: Props) {
  return (
    <label className={className ? `field ${className}` : 'field'}>
      {label}
      <input readOnly value={secret} onFocus={(event) => event.currentTarget.select()} />
    </label>
  )
}
