import { UserPlus } from 'lucide-react'
import { useState } from 'react'
import { InviteDialog } from '../dialogs'
import { t } from '../messages'

export function InviteButton({ isProminent }: { isProminent?: boolean }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <button type="button" className={isProminent ? 'button primary' : 'button quiet'} onClick={() => setOpen(true)}>
        <UserPlus size={16} strokeWidth={1.75} />{t.invitePeople}
      </button>
      {isOpen && <InviteDialog onClose={() => setOpen(false)} />}
    </>
  )
}
