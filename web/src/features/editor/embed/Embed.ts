// A page on another site as a card: its title, its site, and a link. The version that the site offers for frames is
// loaded on a click, if the operator allows the site.
import { Node } from '@tiptap/core'
import { CardView } from './CardView'
import { isWebAddress } from './frames'

declare module '@tiptap/core' {
  interface Commands<ReturnType> {
    embed: {
      /** Adds a card, or changes the one that is selected. */
      setEmbed: (page: { href: string; title: string | null }) => ReturnType
    }
  }
}

export const Embed = Node.create<{ onEdit: () => void }>({
  name: 'embed',
  group: 'block',
  atom: true,
  draggable: true,
  addOptions: () => ({ onEdit: () => {} }),
  addAttributes: () => ({
    href: { default: null, rendered: false, parseHTML: (card) => card.getAttribute('data-embed') },
    title: { default: null, rendered: false, parseHTML: (card) => card.getAttribute('data-title') || null },
  }),
  parseHTML: () => [{ tag: 'figure[data-embed]', getAttrs: (card) => (isWebAddress(card.getAttribute('data-embed') ?? '') ? null : false) }],
  renderHTML({ node }) {
    const { href, title } = node.attrs as { href: string | null; title: string | null }
    const address = isWebAddress(href ?? '') ? href : null
    return ['figure', { 'data-embed': address ?? '', ...(title && { 'data-title': title }) }, ['a', { ...(address && { href: address }), target: '_blank', rel: 'noopener noreferrer nofollow' }, title ?? address ?? '']]
  },
  renderText: ({ node }) => [node.attrs.title, node.attrs.href].filter(Boolean).join(' '),
  addNodeView() {
    return ({ node, editor, getPos }) => new CardView(node, editor, getPos, this.options.onEdit)
  },
  addCommands() {
    return {
      setEmbed: ({ href, title }) => ({ commands, editor }) => {
        if (!isWebAddress(href)) return false
        const attrs = { href, title: title?.trim() || null }
        return editor.isActive(this.name) ? commands.updateAttributes(this.name, attrs) : commands.insertContent({ type: this.name, attrs })
      },
    }
  },
})
