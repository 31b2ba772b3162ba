import { Search } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { Me } from '../../people'
import { t } from '../messages'
import { Palette } from './Palette'

/** Opens the palette; so do Ctrl-K and ⌘-K, wherever the caret is. */
export function SearchButton({ me }: { me: Me }) {
  const [isOpen, setOpen] = useState(false)
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return
      // In a text, the keys are about a link when words are selected.
      if (event.target instanceof Element && event.target.closest('[data-takes-link-key]')) return
      event.preventDefault()
      event.stopPropagation()
      setOpen(true)
    }
    addEventListener('keydown', onKeyDown, true)
    return () => removeEventListener('keydown', onKeyDown, true)
  }, [])
  return (
    <>
      <button type="button" className="button seek" aria-keyshortcuts="Control+K Meta+K" onClick={() => setOpen(true)}>
        <Search size={16} strokeWidth={1.75} />{t.search}<small aria-hidden="true">{t.ctrlK}</small>
      </button>
      {isOpen && <Palette me={me} onClose={() => setOpen(false)} />}
    </>
  )
}
