// What the JavaScript checks share: the server's control API, and how a check reports.

import path from 'node:path'

export const baseUrl = (process.env.HOOKSIM_URL ?? 'http://127.0.0.1:8080').replace(/\/+$/, '')
// A busy machine takes its time: these only end what hangs.
export const requestTimeoutMs = 60_000
const checkTimeoutMs = 300_000

export async function admin(method, route, body) {
  const response = await fetch(`${baseUrl}/__admin${route}`, {
    method,
    headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(requestTimeoutMs),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} /__admin${route} got ${response.status}: ${text}`)
  return JSON.parse(text)
}

// A partner of its own isolates a check from whatever else uses the server.
export const newPartner = () => admin('POST', '/partners', {})

// Settings are the server's, not a partner's: whatever happens, they are put back.
export async function withSettings(changes, body) {
  const settings = await admin('GET', '/settings')
  const before = Object.fromEntries(Object.keys(changes).map((name) => [name, settings[name] ?? null]))
  await admin('PATCH', '/settings', changes)
  try {
    return await body()
  } finally {
    await admin('PATCH', '/settings', before)
  }
}

export function expect(held, otherwise) {
  if (!held) throw new Error(otherwise)
}

export function ok(what) {
  console.log(`ok: ${what}`)
}

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

export async function waitFor(condition, what, timeoutMs = 60_000) {
  const deadline = Date.now() + timeoutMs
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`)
    await sleep(50)
  }
}

export async function runCheck(check) {
  const tooLong = new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`took longer than ${checkTimeoutMs} ms`)), checkTimeoutMs).unref()
  })
  try {
    await Promise.race([check(), tooLong])
    process.exit(0)
  } catch (error) {
    const cause = error.cause ? `: ${error.cause.message || error.cause.code}` : ''
    console.error(`${path.basename(process.argv[1])}: ${error.message}${cause}`)
    process.exit(1)
  }
}
