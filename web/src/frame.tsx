// The rail beside every page: where one is, who one is.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { FileText, LogOut, SunMoon, Trash2, UserRound, Users } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link, useLocation } from 'wouter'
import { type Me, api } from './api'
import { InviteButton } from './features/people/InviteButton'
import { toggleTheme } from './theme'

export function Frame({ me, children }: { me: Me; children: ReactNode }) {
  const queries = useQueryClient()
  const [, go] = useLocation()
  const signOut = useMutation({
    mutationFn: api.signOut,
    onSuccess: () => {
      queries.clear()
      go('/')
      location.reload()
    },
  })
  return (
    <div className="frame">
      <aside className="rail" aria-label="Workspace">
        <Link href="/" className="brand"><img src="/icon.svg" width="24" height="24" alt="" />Consilium</Link>
        <nav aria-label="Pages">
          <Link href="/" className="button quiet"><FileText size={16} strokeWidth={1.75} />Documents</Link>
          <Link href="/trash" className="button quiet"><Trash2 size={16} strokeWidth={1.75} />Trash</Link>
          <Link href="/members" className="button quiet"><Users size={16} strokeWidth={1.75} />Members</Link>
        </nav>
        <div className="foot">
          {(me.role === 'admin' || me.role === 'manager') && <InviteButton />}
          <button type="button" className="button quiet" onClick={toggleTheme}><SunMoon size={16} strokeWidth={1.75} />Light or dark</button>
          <button type="button" className="button quiet" onClick={() => signOut.mutate()}><LogOut size={16} strokeWidth={1.75} />Sign out</button>
          <Link href="/account" className="button quiet"><UserRound size={16} strokeWidth={1.75} />{me.name}</Link>
        </div>
      </aside>
      {children}
    </div>
  )
}
