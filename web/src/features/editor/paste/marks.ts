// What is bold, italic, struck, underlined or code, whether a program says so by tags, styles or classes, becomes tags.
import { HIGHLIGHT } from '../marks/colors'
import { type StyleReader, isBoldWeight, isMonospaced } from './styles'
import { blockOf, isBlank, isBlock, textsOf, unwrap } from './tree'

const FORMATS = 'b,strong,i,em,s,strike,del,u,ins,span,font,tt,kbd,samp,code,small,big,sub,sup,mark,bdi,bdo,dfn,var,cite,label'
const BOLD = /^(B|STRONG)$/
const ITALIC = /^(I|EM|CITE|DFN|VAR)$/
const STRUCK = /^(S|STRIKE|DEL)$/
const UNDERLINED = /^(U|INS)$/
const CODE = /^(CODE|TT|KBD|SAMP)$/

const RAISED: Record<string, 'sup' | 'sub'> = { SUP: 'sup', SUB: 'sub' }

interface Look {
  bold?: boolean
  italic?: boolean
  strike?: boolean
  underline?: boolean
  code?: boolean
  /** Superscript or subscript. */
  raised?: 'sup' | 'sub' | ''
  /** The colour of a highlight, which has a meaning; the colour of text from other programs is only a style. */
  highlight?: string
}

/** How a text looks: the nearest element that sets it decides. */
function lookOf(text: Text, body: HTMLElement, styles: StyleReader): Look {
  const look: Look = {}
  let isLinked = false
  let isInline = true
  for (let element = text.parentElement; element && element !== body; element = element.parentElement) {
    const name = element.nodeName
    const own = styles.of(element)
    look.bold ??= isBoldWeight(own.get('font-weight')) ?? (BOLD.test(name) || undefined)
    const slant = own.get('font-style')
    look.italic ??= slant ? /italic|oblique/.test(slant) : ITALIC.test(name) || undefined
    const line = own.get('text-decoration') ?? ''
    if (STRUCK.test(name) || line.includes('line-through')) look.strike = true
    const height = own.get('vertical-align')
    look.raised ??= height ? (/^super/.test(height) ? 'sup' : /^sub/.test(height) ? 'sub' : '') : RAISED[name]
    if (name === 'MARK') look.highlight ??= element.getAttribute('data-color') ?? HIGHLIGHT
    if (name === 'A') isLinked = true
    // A link is underlined anyway.
    if ((UNDERLINED.test(name) || line.includes('underline')) && !isLinked) look.underline = true
    if (isBlock(element)) isInline = false
    // A monospaced typeface is only a style if a whole line has it; words in a line that have it are code.
    if (isInline) look.code ??= CODE.test(name) || isMonospaced(own.get('font-family'))
    // Headings are bold without a mark.
    if (/^(H[1-6]|TH)$/.test(name)) look.bold = false
  }
  if (isLinked) look.underline = false
  return look
}

const TAGS = [['code', 'code'], ['bold', 'strong'], ['italic', 'em'], ['underline', 'u'], ['strike', 's']] as const

export function tagMarks(body: HTMLElement, styles: StyleReader): void {
  const looks = textsOf(body).filter((text) => !isBlank(text.data) && !text.parentElement?.closest('pre')).map((text) => ({ text, look: lookOf(text, body, styles) }))
  for (const { text, look } of wholeLines(looks)) {
    let around: Node = text
    for (const [name, tag] of TAGS) {
      if (!look[name]) continue
      const element = body.ownerDocument.createElement(tag)
      element.className = 'kept'
      around.parentNode?.replaceChild(element, around)
      element.append(around)
      around = element
    }
    for (const tag of [look.raised, look.highlight && 'mark']) {
      if (!tag || look.code) continue
      const element = body.ownerDocument.createElement(tag)
      element.className = 'kept'
      if (tag === 'mark') element.setAttribute('data-color', look.highlight ?? HIGHLIGHT)
      around.parentNode?.replaceChild(element, around)
      element.append(around)
      around = element
    }
  }
  for (const element of [...body.querySelectorAll(FORMATS)]) {
    if (element.className !== 'kept' && !element.closest('pre')) unwrap(element)
  }
}

/** A line that is all in one typeface is not code. */
function wholeLines(looks: { text: Text; look: Look }[]): { text: Text; look: Look }[] {
  const byLine = new Map<Element | null, typeof looks>()
  for (const entry of looks) {
    const line = blockOf(entry.text)
    byLine.set(line, [...(byLine.get(line) ?? []), entry])
  }
  return [...byLine.values()].flatMap((line) => {
    const isStyle = line.every(({ text, look }) => look.code && !text.parentElement?.closest('code,tt,kbd,samp'))
    return line.map(({ text, look }) => ({ text, look: isStyle ? { ...look, code: false } : look }))
  })
}
