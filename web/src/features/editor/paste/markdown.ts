// Pasted Markdown, read by markdown-it, which is loaded when it is needed.
import MarkdownIt from 'markdown-it'
import { alerts } from '../alerts'
import { footnotes } from '../footnotes'

const markdown = new MarkdownIt({ html: false, linkify: false }).use(alerts).use(footnotes)

export const renderMarkdown = (text: string): string => markdown.render(withoutFrontMatter(text))

const withoutFrontMatter = (text: string) => text.replace(/^---\r?\n(?:[\w-]+:.*\r?\n|[ \t]+.*\r?\n|- .*\r?\n)+---\r?\n/, '')
