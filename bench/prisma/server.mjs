// One process, as its rivals are. An event counts as processed when its row in
// processed_events is committed, together with what it changes.
import { createHmac, timingSafeEqual } from 'node:crypto'
import express from 'express'
import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from '@prisma/client'

const { DATABASE_URL, WEBHOOK_SECRET, POOL_SIZE = '10', DEDUP = 'on' } = process.env
const TOLERANCE_MS = 5 * 60 * 1000
const TRANSACTION = { maxWait: 30_000, timeout: 30_000 }

// The texts are few: with a name each is parsed and planned once a connection.
const names = new Map()
function nameOf({ sql }) {
  let name = names.get(sql)
  if (!name) names.set(sql, (name = `q${names.size}`))
  return name
}

const prisma = new PrismaClient({
  adapter: new PrismaPg(
    { connectionString: DATABASE_URL, max: Number(POOL_SIZE) },
    { statementNameGenerator: nameOf },
  ),
})

function verified(req) {
  const timestamp = req.get('x-authon-timestamp')
  const signature = req.get('x-authon-signature')
  if (!timestamp || !signature?.startsWith('v1=')) return false
  // NaN is not within the tolerance.
  if (!(Math.abs(Date.now() - Date.parse(timestamp)) <= TOLERANCE_MS)) return false
  const expected = createHmac('sha256', WEBHOOK_SECRET).update(`${timestamp}.`).update(req.body).digest()
  const given = Buffer.from(signature.slice(3), 'hex')
  return given.length === expected.length && timingSafeEqual(given, expected)
}

const userOf = (data, at) => ({
  id: data.id,
  projectId: data.projectId,
  email: data.email,
  displayName: data.displayName,
  avatarUrl: data.avatarUrl,
  phone: data.phone,
  emailVerified: data.emailVerified,
  phoneVerified: data.phoneVerified,
  isBanned: data.isBanned,
  publicMetadata: data.publicMetadata ?? undefined,
  lastSignInAt: data.lastSignInAt,
  signInCount: data.signInCount,
  createdAt: data.createdAt,
  updatedAt: at,
})

// Most events are about a user who is there: one statement, which a newer row
// refuses. prisma.user.upsert with that condition would take three.
async function save(db, user) {
  const { id, ...changes } = user
  const update = { where: { id, updatedAt: { lt: user.updatedAt } }, data: changes }
  if ((await db.user.updateMany(update)).count > 0) return
  const created = await db.user.createMany({ data: [user], skipDuplicates: true })
  // Somebody else may have created an older one meanwhile.
  if (created.count === 0) await db.user.updateMany(update)
}

const remove = (db, user) => db.user.deleteMany({ where: { id: user.id, updatedAt: { lt: user.updatedAt } } })

const changes = {
  'user.created': save,
  'user.updated': save,
  'user.banned': save,
  'user.unbanned': save,
  'user.deleted': remove,
}

async function once(event, change, user) {
  await prisma.$transaction(async (tx) => {
    const { count } = await tx.processedEvent.createMany({
      data: [{ id: event.id, type: event.type }],
      skipDuplicates: true,
    })
    if (count > 0) await change(tx, user)
  }, TRANSACTION)
}
const app = express()
app.disable('x-powered-by')
app.disable('etag')
app.get('/health', (req, res) => res.sendStatus(200))
app.post('/webhooks/authon', express.raw({ type: 'application/json', limit: '1mb' }), async (req, res) => {
  if (!verified(req)) return res.sendStatus(401)
  let event
  try {
    event = JSON.parse(req.body)
  } catch {
    return res.sendStatus(400)
  }
  const change = changes[event.type]
  if (change) {
    const user = userOf(event.data.user, event.timestamp)
    await (DEDUP === 'off' ? change(prisma, user) : once(event, change, user))
  }
  res.sendStatus(200)
})
app.use((err, req, res, next) => {
  console.error(err.message)
  res.sendStatus(err.status ?? 500)
})

await prisma.$connect()
const server = app.listen(0, '127.0.0.1', (err) => {
  if (err) throw err
  console.log(`port ${server.address().port}`)
})
process.on('SIGTERM', () => {
  server.close(() => prisma.$disconnect())
  server.closeIdleConnections()
})
