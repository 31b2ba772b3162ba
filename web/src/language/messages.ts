// The texts of the page. Each folder with texts has a folder `messages` with one file for each language; the English
// one gives the names and the parameters, in braces: `Delete “{name}”?`. A text that depends on a number has a form for
// each plural category of its language. All files of one language are one script, loaded before the page.
import { Fragment, type ReactNode, createElement } from 'react'
import { number } from '../numbers'
import { language, locale } from './language'
import { texts } from './load'

/** A text with a form for each plural category of its language; `{count}` is the number. */
export interface Plural {
  one?: string
  two?: string
  few?: string
  many?: string
  other: string
}

type Message = string | Plural
type Messages = Readonly<Record<string, Message>>
type Names<Text> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never
type Parameters<Text> = Text extends string ? Names<Text> : 'count' | Names<Text[keyof Text]>
type Values<Name extends string, Value> = { [N in Name]: N extends 'count' ? number : Value }

/** A text with parameters: a string, or something to render if a parameter is. */
interface Filled<Name extends string> {
  (values: Values<Name, string | number>): string
  (values: Values<Name, ReactNode>): ReactNode
}

/** The texts as code reads them: a string, or a function of the parameters. */
type Texts<M> = { readonly [K in keyof M]: [Parameters<M[K]>] extends [never] ? string : Filled<Parameters<M[K]> & string> }

/** The contents of another language's file: the names of the English one, and a plural for each plural. */
export type Translation<M> = { readonly [K in keyof M]: M[K] extends string ? string : Plural }

/** Modules that have texts wait for this promise. */
const files = await texts

const rules = new Intl.PluralRules(locale)

/** A text with its parameters. */
export function filled(message: Message, values: Record<string, ReactNode>): ReactNode {
  const text = typeof message === 'string' ? message : (message[rules.select(Number(values.count)) as keyof Plural] ?? message.other)
  const parts = text.split(/\{(\w+)\}/).map((part, index) => {
    if (index % 2 === 0) return part
    const value = values[part]
    return typeof value === 'number' ? number(value) : value
  })
  return parts.every((part) => typeof part === 'string') ? parts.join('') : createElement(Fragment, null, ...parts)
}

/** The texts of a folder of src/. `M`: its English file. */
export function textsOf<M extends Messages>(folder: string): Texts<M> {
  const messages = files[`..${folder}/messages/${language}.ts`] as Messages
  const texts = Object.entries(messages).map(([name, message]) => {
    const isPlain = typeof message === 'string' && !message.includes('{')
    return [name, isPlain ? message : (values: Record<string, ReactNode>) => filled(message, values)]
  })
  return Object.fromEntries(texts) as Texts<M>
}
