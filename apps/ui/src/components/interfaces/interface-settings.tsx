import type { InterfaceChange, InterfaceInfo } from '@packetless/live';
import { useId, useState } from 'react';
import { type DeliveryNote, deliveryNotes, possibleCompanions } from '../../domain/companions.js';
import { visibleText } from '../../domain/visible-text.js';
import { useConnection } from '../../stores/connection.js';
import './interface-settings.css';

/** What an operator sets for an interface: whether it sees mirrored traffic, and which is its companion. */
export function InterfaceSettings({ info, all }: { info: InterfaceInfo; all: readonly InterfaceInfo[] }) {
  const { api } = useConnection();
  const [error, setError] = useState<string | null>(null);
  /** What was asked for and not answered yet is shown as if it were so. */
  const [wanted, setWanted] = useState<InterfaceChange | null>(null);
  /** The collector's answer, until the live view brings a newer row. */
  const [answer, setAnswer] = useState<{ readonly to: InterfaceInfo; readonly now: InterfaceInfo } | null>(
    null,
  );
  const shown = withChange(answer !== null && answer.to === info ? answer.now : info, wanted);
  const saving = wanted !== null;

  async function change(asked: InterfaceChange): Promise<void> {
    setWanted(asked);
    setError(null);
    try {
      setAnswer({ to: info, now: await api.changeInterface(info.name, asked) });
    } catch (refusal) {
      setError((refusal as Error).message);
    } finally {
      setWanted(null);
    }
  }

  const notes = deliveryNotes(
    shown,
    all.map((each) => (each.name === shown.name ? shown : each)),
  );
  return (
    <section className="settings" aria-busy={saving}>
      <h3>Settings</h3>
      <div className="settings-rows">
        {shown.mirrored !== null && (
          <MirroredSwitch
            on={shown.mirrored}
            disabled={saving}
            onChange={(mirrored) => void change({ mirrored })}
          />
        )}
        <CompanionChoice
          companions={shown.companions}
          possible={possibleCompanions(shown, all)}
          disabled={saving}
          onChange={(companion) => void change({ companion })}
        />
      </div>
      {notes.map((note) => (
        <p key={note.name} className="aside">
          <DeliveryText note={note} />
        </p>
      ))}
      {error !== null && (
        <p className="notice" role="alert">
          {visibleText(error)}
        </p>
      )}
    </section>
  );
}

function withChange(info: InterfaceInfo, change: InterfaceChange | null): InterfaceInfo {
  const { mirrored = info.mirrored, companion } = change ?? {};
  const companions = companion === undefined ? info.companions : companion === null ? [] : [companion];
  return { ...info, mirrored, companions };
}

interface SwitchProps {
  readonly on: boolean;
  readonly disabled: boolean;
  readonly onChange: (on: boolean) => void;
}

function MirroredSwitch({ on, disabled, onChange }: SwitchProps) {
  return (
    <label className="setting" title="It sees packets of other hosts, as from the mirror port of a switch">
      <input
        type="checkbox"
        role="switch"
        aria-checked={on}
        className="switch"
        data-testid="mirrored"
        checked={on}
        disabled={disabled}
        onChange={(event) => onChange(event.target.checked)}
      />
      Mirrored traffic
    </label>
  );
}

interface ChoiceProps {
  readonly companions: readonly string[];
  readonly possible: readonly string[];
  readonly disabled: boolean;
  readonly onChange: (companion: string | null) => void;
}

const NONE = '';
/** No name of an interface has a NUL, as no argument of a program has. */
const SEVERAL = '\0several';

function CompanionChoice({ companions, possible, disabled, onChange }: ChoiceProps) {
  const id = useId();
  const several = companions.length > 1;
  return (
    <span className="setting">
      <label htmlFor={id}>Companion interface</label>
      <select
        id={id}
        className="select"
        data-testid="companion"
        value={several ? SEVERAL : (companions[0] ?? NONE)}
        disabled={disabled}
        onChange={({ target }) => onChange(target.value === NONE ? null : target.value)}
      >
        <option value={NONE}>None</option>
        {several && (
          <option value={SEVERAL} disabled>
            {companions.map(visibleText).join(', ')}
          </option>
        )}
        {possible.map((name) => (
          <option key={name} value={name}>
            {visibleText(name)}
          </option>
        ))}
      </select>
    </span>
  );
}

function DeliveryText({ note: { name, gets } }: { note: DeliveryNote }) {
  const shown = <code>{visibleText(name)}</code>;
  if (gets === 'all') return <>{shown} also gets all events but those of loopback addresses.</>;
  return (
    <>
      {shown} also gets the events whose network interface has that name. Where it sees mirrored traffic of
      other hosts, say so there, and it gets all but those of loopback addresses.
    </>
  );
}
