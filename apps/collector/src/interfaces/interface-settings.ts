/** The settings of interfaces as they hold now; a change is kept first and holds then. */
import type { InterfaceInfo } from '@packetless/live';
import type { Logger } from '../log.js';
import type { StateDirectory } from '../state-directory.js';
import { UnknownInterface } from './select.js';
import {
  changeSettings,
  companionsOf,
  type NamedInterface,
  NOTHING_SET,
  type SettingsChange,
} from './settings.js';
import { loadSettings, saveSettings } from './settings-file.js';

/** A change holds, or it was refused; but for this it was neither the request's fault nor can it be had. */
export class SettingsNotKept extends Error {
  override readonly name = 'SettingsNotKept';
}

export class InterfaceSettings {
  #settings = NOTHING_SET;
  #directory: StateDirectory | null = null;
  #loadProblem: string | null = null;
  #unkept = false;
  #revision = 0;
  /** Changes are made one after the other. */
  #latest: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly interfaces: readonly NamedInterface[],
    private readonly log: Logger,
  ) {}

  /** Takes what was kept; null: nothing is kept, neither before nor from now on. */
  async load(directory: StateDirectory | null): Promise<void> {
    this.#directory = directory;
    if (directory === null) return;
    const { settings, problem } = await loadSettings(directory);
    this.#settings = settings;
    this.#loadProblem = problem;
    this.#revision++;
    if (problem !== null) this.log.warn(problem);
  }

  /** Grows with every change. */
  get revision(): number {
    return this.#revision;
  }

  isMirrored(name: string): boolean {
    return this.#settings.mirrored.includes(name);
  }

  companionsOf(one: NamedInterface): string[] {
    return companionsOf(this.#settings, this.interfaces, one);
  }

  /** As the interface's own description tells them. */
  of(one: NamedInterface): Pick<InterfaceInfo, 'mirrored' | 'companions'> {
    return {
      mirrored: one.kind === 'packets' ? this.isMirrored(one.name) : null,
      companions: this.companionsOf(one),
    };
  }

  /** What people should know of the settings, one sentence each. */
  get problems(): string[] {
    const unkept = this.#unkept
      ? 'Settings of interfaces were changed and are not kept over a restart: the collector has no state directory.'
      : null;
    return [this.#loadProblem, unkept].filter((problem) => problem !== null);
  }

  /** Rejects with UnknownInterface, SettingsError or SettingsNotKept; then nothing has changed. */
  change(name: string, change: SettingsChange): Promise<void> {
    const made = this.#latest.then(() => this.#change(name, change));
    this.#latest = made.catch(() => undefined);
    return made;
  }

  async #change(name: string, change: SettingsChange): Promise<void> {
    const changed = this.interfaces.find((each) => each.name === name);
    if (changed === undefined) {
      throw new UnknownInterface(
        name,
        this.interfaces.map((each) => each.name),
      );
    }
    const next = changeSettings(this.#settings, this.interfaces, changed, change);
    if (this.#directory === null) this.#unkept = true;
    else {
      try {
        await saveSettings(this.#directory, next);
      } catch (error) {
        const reason = (error as Error).message;
        throw new SettingsNotKept(
          `The change cannot be kept in ${this.#directory.path}, so it was not made: ${reason}`,
        );
      }
    }
    this.#settings = next;
    this.#loadProblem = null;
    this.#revision++;
    this.log.info({ interface: name, ...change }, 'settings changed');
  }
}
