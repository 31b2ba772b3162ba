// The real program with its own data folder, and signed-in people.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Browser, BrowserContext, Page } from '@playwright/test'

const program = process.env.CONSILIUM_BIN ?? resolve(import.meta.dirname, '../../target/debug/consilium')

export class Server {
  readonly data = mkdtempSync(join(tmpdir(), 'consilium-e2e-'))
  url = ''
  #printed = ''
  #child!: ChildProcess

  constructor(readonly args: string[] = [], readonly env: Record<string, string> = {}) {}

  static async start(args: string[] = [], env: Record<string, string> = {}): Promise<Server> {
    const server = new Server(args, env)
    await server.#launch('127.0.0.1:0')
    return server
  }

  async #launch(listen: string): Promise<void> {
    const child = spawn(program, ['serve', '--listen', listen, '--data', this.data, ...this.args], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, CONSILIUM_BIN: undefined, CONSILIUM_LOG_FILTER: 'warn', ...this.env } })
    this.#child = child
    this.#printed = await new Promise((found, failed) => {
      child.stdout?.once('data', (line) => found(String(line).trim()))
      child.once('exit', (code) => failed(new Error(`the server ended with ${code}`)))
    })
    this.url = new URL(this.#printed).origin
  }

  /** The URL that makes its holder the owner. */
  get setupUrl(): string {
    return this.#printed
  }

  async kill(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGKILL')
    await gone
  }

  async restart(): Promise<void> {
    await this.#launch(new URL(this.url).host)
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGTERM')
    await gone
    rmSync(this.data, { recursive: true, force: true })
  }
}

export interface Person {
  context: BrowserContext
  page: Page
}

/** Creates the owner on the first-run page. */
export async function owner(browser: Browser, server: Server, name = 'Ana Alvarez'): Promise<Person> {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(server.setupUrl)
  await page.getByLabel('Workspace').fill('Acme Strategy')
  await page.getByLabel('Your name').fill(name)
  await page.getByLabel('E-mail').fill('ana@example.org')
  await page.getByLabel('Password').fill('correct horse battery')
  await page.getByRole('button', { name: 'Create it' }).click()
  await page.getByRole('heading', { name: 'Documents' }).waitFor()
  return { context, page }
}

/** Creates a member with an invitation of the owner. */
export async function colleague(browser: Browser, host: Person, name = 'Jonas Berg'): Promise<Person> {
  await host.page.getByRole('button', { name: 'Invite' }).click()
  await host.page.getByRole('button', { name: 'Make a link' }).click()
  const link = await host.page.getByLabel(/Send this link/).inputValue()
  await host.page.getByRole('button', { name: 'Close' }).click()
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(link)
  await page.getByLabel('Your name').fill(name)
  await page.getByLabel('E-mail').fill(`${name.split(' ')[0]?.toLowerCase()}@example.org`)
  await page.getByLabel('Password').fill('another long password')
  await page.getByRole('button', { name: 'Join' }).click()
  await page.getByRole('heading', { name: 'Documents' }).waitFor()
  return { context, page }
}

export const text = (page: Page) => page.getByRole('textbox', { name: 'Document text' })
export const trust = (page: Page) => page.getByTestId('trust')

/** Creates a document, opens it to the workspace, and returns its address. */
export async function newDocument(page: Page, title: string): Promise<string> {
  await page.getByRole('button', { name: 'New document' }).click()
  await page.getByLabel('Title', { exact: true }).fill(title)
  await page.getByLabel('Title', { exact: true }).press('Enter')
  await page.getByRole('button', { name: 'Share' }).click()
  await page.getByLabel('Everybody in the workspace').selectOption('edit')
  await page.getByRole('button', { name: 'Done' }).click()
  return page.url()
}
