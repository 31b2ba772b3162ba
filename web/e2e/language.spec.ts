// The page in other languages: no word of ours is left in English, and dates and numbers are written as the reader's are.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Page, expect, test } from '@playwright/test'
import { Server, newDocument, owner, text, trust } from './server'

type Message = string | Record<string, string>

const src = join(import.meta.dirname, '../src')

/** All texts of a language, by file and name. */
async function messagesOf(language: string): Promise<Map<string, Message>> {
  const all = new Map<string, Message>()
  for (const path of readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith(`messages/${language}.ts`))) {
    const { default: messages } = (await import(join(src, path))) as { default: Record<string, Message> }
    for (const [name, message] of Object.entries(messages)) all.set(`${path.slice(0, -5)} ${name}`, message)
  }
  return all
}

const forms = (message: Message | undefined): string[] => (message === undefined ? [] : typeof message === 'string' ? [message] : Object.values(message))

/** A pattern for the English texts that have a different translation in this language, as they appear on a page. */
async function englishBut(language: string): Promise<RegExp> {
  const own = await messagesOf(language)
  const used = new Set([...own.values()].flatMap(forms))
  const english = [...await messagesOf('en')].flatMap(([key, message]) => forms(message).filter((form) => !forms(own.get(key)).includes(form) && !used.has(form)))
  const patterns = english.filter((form) => /\p{L}{3}/u.test(form.replace(/\{\w+\}/g, ''))).map((form) => form.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '.+'))
  return new RegExp(`^(?:${patterns.join('|')})$`)
}

/** What a page shows and what it tells to screen readers. */
const wordsOf = (page: Page): Promise<string[]> => page.evaluate(() => {
  const found: string[] = [document.title]
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node; node = walker.nextNode()) if (!node.parentElement?.closest('script, style, .tiptap, datalist')) found.push(node.textContent ?? '')
  for (const element of document.querySelectorAll('[aria-label], [title], [placeholder], [alt], [data-placeholder]')) {
    for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'data-placeholder']) found.push(element.getAttribute(name) ?? '')
  }
  return found.flatMap((words) => words.split(' · ')).map((words) => words.trim()).filter(Boolean)
})

test('[WORD-13] a person reads the page in German, and chooses another language', async ({ browser }) => {
  const server = await Server.start()
  const ana = await owner(browser, server)
  const address = await newDocument(ana.page, 'Markteintritt 2027')
  await text(ana.page).click()
  await ana.page.keyboard.type('Wir beginnen im Norden, und die Kosten sind hoch.')
  await expect(trust(ana.page)).toHaveText('Saved')

  const english = await englishBut('de')
  const context = await browser.newContext({ locale: 'de-DE', timezoneId: 'Europe/Berlin' })
  const page = await context.newPage()
  const isGerman = async (place: string) => expect((await wordsOf(page)).filter((words) => english.test(words)), place).toEqual([])
  const settings = async (name: string) => {
    await page.getByRole('navigation', { name: 'Einstellungen' }).getByRole('link', { name, exact: true }).click()
    await page.getByRole('heading', { name, level: 1 }).waitFor()
    await isGerman(name)
  }

  await test.step('signing in', async () => {
    await page.goto(server.url)
    await expect(page.locator('html')).toHaveAttribute('lang', 'de')
    await isGerman('sign-in')
    await page.getByLabel('E-Mail').fill('ana@example.org')
    await page.getByLabel('Passwort').fill('correct horse battery')
    await page.getByRole('button', { name: 'Anmelden' }).click()
    await page.getByRole('heading', { name: 'Start', level: 1 }).waitFor()
    await page.getByText('Markteintritt 2027').first().waitFor()
    await isGerman('home')
    // 29. Nov. 2026, 19:30
    await expect(page.locator('time').first()).toHaveText(/^\d{1,2}\.\s?(\d{2}\.|\p{L}+\.?\s)\d{4}, \d{2}:\d{2}$/u)
  })

  await test.step('lists', async () => {
    for (const name of ['Posteingang', 'Dokumente', 'Zuletzt', 'Entscheidungen', 'Schlagwörter', 'Papierkorb']) {
      await page.getByRole('link', { name, exact: true }).first().click()
      await page.getByRole('heading', { name, level: 1 }).waitFor()
      await isGerman(name)
    }
    await page.keyboard.press('Control+k')
    await page.getByRole('option', { name: 'Zum Posteingang' }).waitFor()
    await isGerman('palette')
    await page.keyboard.press('Escape')
  })

  await test.step('a document, its comments, history and approval', async () => {
    await page.goto(address)
    const sheet = page.getByRole('textbox', { name: 'Text des Dokuments' })
    await expect(trust(page)).toHaveText('Gespeichert')
    await expect(page.locator('.count')).toHaveText('9 Wörter')
    await isGerman('document')
    await sheet.click()
    await page.keyboard.press('Control+End')
    await page.keyboard.press('Enter')
    await page.keyboard.type('/')
    await page.getByRole('option', { name: /Überschrift 1/ }).waitFor()
    await isGerman('slash menu')
    await page.keyboard.type('tab')
    await page.keyboard.press('Enter')
    await page.getByRole('toolbar', { name: 'Werkzeuge für Tabellen' }).waitFor()
    await isGerman('table')
    for (const [name, panel] of [['Kommentare', 'Kommentare'], ['Entwurf', 'Freigabe']] as const) {
      await page.getByRole('button', { name, exact: true }).click()
      await page.getByRole('complementary', { name: panel }).waitFor()
      await isGerman(panel)
    }
    await page.getByRole('button', { name: 'Weitere Aktionen' }).click()
    await page.getByRole('menuitem', { name: 'Verlauf' }).click()
    await page.getByRole('complementary', { name: 'Verlauf' }).waitFor()
    await isGerman('history')
    await page.getByRole('button', { name: 'Teilen', exact: true }).click()
    await page.getByRole('heading', { name: '„Markteintritt 2027“ teilen' }).waitFor()
    await isGerman('share')
    await page.getByRole('button', { name: 'Fertig', exact: true }).click()
    for (const item of ['Im Web veröffentlichen', 'Als PDF herunterladen', 'Dateien', 'Als Vorlage speichern']) {
      await page.getByRole('button', { name: 'Weitere Aktionen' }).click()
      await isGerman('menu')
      await page.getByRole('menuitem', { name: item }).click()
      await page.getByRole('dialog').getByRole('heading').first().waitFor()
      await isGerman(item)
      await page.keyboard.press('Escape')
    }
    await page.keyboard.press('Control+/')
    await page.getByRole('heading', { name: 'Tastenkürzel' }).waitFor()
    await isGerman('keys')
    await page.keyboard.press('Escape')
  })

  await test.step('settings', async () => {
    await page.getByRole('link', { name: 'Einstellungen' }).click()
    await page.getByRole('heading', { name: 'Profil', level: 1 }).waitFor()
    await isGerman('profile')
    for (const name of ['Benachrichtigungen', 'API-Schlüssel', 'Workspace', 'Mitglieder', 'Gruppen', 'Workflows', 'Webhooks', 'Audit-Protokoll', 'Importe und Exporte', 'Instanz']) await settings(name)
  })

  await test.step('another language, which the account keeps', async () => {
    await settings('Profil')
    await page.getByLabel('Sprache').selectOption('Français')
    await page.getByRole('button', { name: 'Speichern', exact: true }).click()
    await page.getByRole('heading', { name: 'Profil', level: 1 }).waitFor()
    await expect(page.locator('html')).toHaveAttribute('lang', 'fr')
    await expect(page.getByRole('button', { name: 'Enregistrer', exact: true })).toBeVisible()
    expect((await wordsOf(page)).filter((words) => /^(Save|Speichern|Settings|Einstellungen)$/.test(words))).toEqual([])
    // Pages that are already open have the new language after they are loaded again.
    await ana.page.reload()
    await expect(ana.page.locator('html')).toHaveAttribute('lang', 'fr')
    await expect(trust(ana.page)).toHaveText('Enregistré')
  })
  await server.stop()
})
