import { useEffect } from 'react'

/** Calls `onLook` with what is clicked or focused in a text. */
export function useLooked(text: HTMLElement | null, onLook: (target: Element) => void): void {
  useEffect(() => {
    if (!text) return
    const look = ({ target }: Event) => {
      if (target instanceof Element) onLook(target)
    }
    text.addEventListener('focusin', look)
    text.addEventListener('click', look)
    return () => {
      text.removeEventListener('focusin', look)
      text.removeEventListener('click', look)
    }
  }, [text, onLook])
}
