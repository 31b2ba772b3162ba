// HTML of the server, as it wrote it, with the words that belong to the page in its language.
import { type Ref, useEffect, useImperativeHandle, useRef } from 'react'
import { CALLOUTS, calloutKindOf } from '../callouts'

interface Props {
  html: string
  /** Classes in addition to `tiptap`, which gives it the look of a text. */
  className?: string
  /** The element, with the words in it. */
  ref?: Ref<HTMLDivElement>
}

/** Writes the labels of callouts: the server's HTML has only the kind. */
export function nameCallouts(text: HTMLElement): void {
  for (const box of text.querySelectorAll<HTMLElement>('[data-callout]')) box.dataset.title = CALLOUTS[calloutKindOf(box.dataset.callout)]
}

export function ServerHtml({ html, className, ref }: Props) {
  const text = useRef<HTMLDivElement>(null)
  useImperativeHandle(ref, () => text.current as HTMLDivElement, [])
  useEffect(() => {
    if (text.current && html !== '') nameCallouts(text.current)
  }, [html])
  // biome-ignore lint/security/noDangerouslySetInnerHtml: the server writes it from a list of what it allows (PROSE-11)
  return <div ref={text} className={className ? `tiptap ${className}` : 'tiptap'} dangerouslySetInnerHTML={{ __html: html }} />
}
