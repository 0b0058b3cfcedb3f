/** The options, their defaults and their limits. */

export interface OrchestratorConfig {
  readonly initializationTimeout: number;
  readonly startupTimeout: number;
  readonly shutdownTimeout: number;
  readonly maxRetries: number;
  readonly retryDelay: number;
  readonly enableAutoRecovery: boolean;
  readonly enableConvexSync: boolean;
  readonly enableStateValidation: boolean;
  readonly verboseLogging: boolean;
}

export const DEFAULT_CONFIG: OrchestratorConfig = {
  initializationTimeout: 10_000,
  startupTimeout: 15_000,
  shutdownTimeout: 10_000,
  maxRetries: 3,
  retryDelay: 1_000,
  enableAutoRecovery: true,
  enableConvexSync: true,
  enableStateValidation: true,
  verboseLogging: process.env.NODE_ENV === 'development',
};

/** The longest time that a timer of the browser can wait. */
const LONGEST_MS = 2 ** 31 - 1;

const SMALLEST: Partial<Record<keyof OrchestratorConfig, number>> = {
  initializationTimeout: 1,
  startupTimeout: 1,
  shutdownTimeout: 1,
  maxRetries: 0,
  retryDelay: 0,
};

function mistake(name: string, value: unknown): string | null {
  if (!(name in DEFAULT_CONFIG)) return `${name}: unknown option`;
  const smallest = SMALLEST[name as keyof OrchestratorConfig];
  if (smallest === undefined) return typeof value === 'boolean' ? null : `${name}: expected true or false`;
  const fits = Number.isInteger(value) && (value as number) >= smallest && (value as number) <= LONGEST_MS;
  return fits ? null : `${name}: expected a whole number from ${smallest} to ${LONGEST_MS}`;
}

/** `config` with all the changes, or an error that names every mistake and none of them. */
export function merged(config: OrchestratorConfig, changes: Partial<OrchestratorConfig>): OrchestratorConfig {
  const mistakes = Object.entries(changes).map(([name, value]) => mistake(name, value)).filter(Boolean);
  if (mistakes.length > 0) throw new RangeError(mistakes.join('; '));
  return { ...config, ...changes };
}
