import type { FormEvent, ReactNode } from 'react'

/** A form with a field `name`, which is emptied when it is sent. */
export function NameForm({ onName, children }: { onName: (name: string) => void; children: ReactNode }) {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const name = String(new FormData(event.currentTarget).get('name') ?? '').trim()
    if (name) onName(name)
    event.currentTarget.reset()
  }
  return <form className="row" onSubmit={submit}>{children}</form>
}
