// Links. An address becomes one when a space is typed behind it, and when it is pasted, also onto selected words. Text
// that is typed at the end of a link does not belong to it.
import { Mark, markPasteRule, mergeAttributes } from '@tiptap/core'
import { addressesIn } from './address'
import { linkPasted, linkTyped, UNLINKED } from './recognised'

declare module '@tiptap/core' {
  interface Commands<ReturnType> {
    link: {
      setLink: (attributes: { href: string }) => ReturnType
      unsetLink: () => ReturnType
    }
  }
}

/** Not those with a scheme that runs code, such as "javascript:". Blanks, which browsers skip in a scheme, do not count. */
const isAllowed = (href: unknown): boolean =>
  typeof href === 'string' && /^(?:(?:https?|ftps?|mailto|tel|callto|sms|cid|xmpp):|[^a-z]|[a-z0-9+.-]+(?:[^a-z+.\-:]|$)|$)/i.test(href.replace(/[\p{Cc}\p{White_Space}\u180e]/gu, ''))

const SHOWN = { target: '_blank', rel: 'noopener noreferrer nofollow', class: null }

export const Link = Mark.create({
  name: 'link',
  // Around all other marks.
  priority: 1_000,
  keepOnSplit: false,
  exitable: true,
  inclusive: false,
  addAttributes: () => ({
    href: { default: null, parseHTML: (link: HTMLElement) => link.getAttribute('href') },
    target: { default: SHOWN.target },
    rel: { default: SHOWN.rel },
    class: { default: SHOWN.class },
    title: { default: null },
  }),
  parseHTML: () => [{ tag: 'a[href]', getAttrs: (link) => (link.getAttribute('href') && isAllowed(link.getAttribute('href')) ? null : false) }],
  renderHTML: ({ HTMLAttributes }) => ['a', mergeAttributes(SHOWN, isAllowed(HTMLAttributes.href ?? '') ? HTMLAttributes : { ...HTMLAttributes, href: '' }), 0],
  addCommands() {
    return {
      setLink: (attributes) => ({ chain }) => isAllowed(attributes.href) && chain().setMark(this.name, attributes).setMeta(UNLINKED, true).run(),
      unsetLink: () => ({ chain }) => chain().unsetMark(this.name, { extendEmptyMarkRange: true }).setMeta(UNLINKED, true).run(),
    }
  },
  addPasteRules() {
    const find = (text: string) => addressesIn(text).map(({ from, to, href }) => ({ index: from, text: text.slice(from, to), data: { href } }))
    return [markPasteRule({ find, type: this.type, getAttributes: ({ data }) => ({ href: data?.href }) })]
  },
  addProseMirrorPlugins() {
    return [linkTyped(this.type), linkPasted(this.type)]
  },
})
