import type { Container, ParentProcess, Process } from '@packetless/model';
import { evidenceText } from '../../domain/evidence.js';
import { visibleText } from '../../domain/visible-text.js';
import { Fact, Panel } from './facts.js';
import { Labels } from './labels.js';

interface Props {
  readonly title: string;
  readonly endpoint: {
    readonly process: Process | null;
    readonly container: Container | null;
    readonly service?: string | null;
    readonly hostname?: string | null;
  };
  /** What to say where nobody is known. */
  readonly unknown: string;
}

/** Everything that is known of who is behind one end. */
export function EndpointDetails({ title, endpoint, unknown }: Props) {
  const { process, container, service = null, hostname = null } = endpoint;
  const nobody = process === null && container === null;
  return (
    <Panel title={title}>
      {nobody && <p className="aside">{unknown}</p>}
      <dl className="facts">
        {process !== null && <ProcessFacts process={process} />}
        {container !== null && <ContainerFacts container={container} />}
        <Fact name="Service">{text(service)}</Fact>
        <Fact name="Host name">{text(hostname)}</Fact>
      </dl>
    </Panel>
  );
}

function ProcessFacts({ process }: { process: Process }) {
  const { parent } = process;
  return (
    <>
      <Fact name="Executable" code>
        {text(process.exe ?? process.name)}
        {process.exeDeleted === true && (
          <span className="fact-alarm">its file was removed or replaced since it was started</span>
        )}
      </Fact>
      <Fact name="Script" code>
        {text(process.script)}
      </Fact>
      <Fact name="Command line" code>
        {text(process.cmdline)}
      </Fact>
      <Fact name="Process">{process.pid === 0 ? null : idText(process)}</Fact>
      <Fact name="Role">{text(process.role)}</Fact>
      <Fact name="User">{account(process)}</Fact>
      <Fact name="Identity">{evidenceText(process.evidence)}</Fact>
      {parent !== null && (
        <>
          <Fact name="Parent" code>
            {text(parent.exe ?? parent.name)}
          </Fact>
          <Fact name="" code>
            {text(parent.cmdline)}
          </Fact>
          <Fact name="">{[`pid ${parent.pid}`, account(parent)].filter(Boolean).join(', ')}</Fact>
        </>
      )}
    </>
  );
}

function idText({ pid, tid }: Process): string {
  return tid === null || tid === 0 || tid === pid ? `pid ${pid}` : `pid ${pid}, thread ${tid}`;
}

function ContainerFacts({ container }: { container: Container }) {
  return (
    <>
      {container.isSandbox ? (
        <Fact name="Container">the pod itself: it only holds the pod’s namespaces open</Fact>
      ) : (
        <Fact name="Container">{text(container.name)}</Fact>
      )}
      <Fact name="Container id" code>
        {text(container.id)}
      </Fact>
      <Fact name="Runtime">{text(container.runtime)}</Fact>
      <Fact name="Image" code>
        {text(container.image)}
      </Fact>
      <Fact name="Pod">{text(container.pod)}</Fact>
      <Fact name="Namespace">{text(container.namespace)}</Fact>
      <Fact name="Workload">{text(container.workload)}</Fact>
      <Labels labels={container.labels} />
    </>
  );
}

function text(value: string | null): string | null {
  return value === null ? null : visibleText(value);
}

/** `root (uid 0), group root (gid 0)` as far as known. */
function account(process: ParentProcess): string | null {
  const user = named('uid', process.user, process.uid);
  const group = named('gid', process.group, process.gid);
  if (group === null) return user;
  return user === null ? `group ${group}` : `${user}, group ${group}`;
}

function named(kind: string, name: string | null, id: number | null): string | null {
  if (name === null) return id === null ? null : `${kind} ${id}`;
  return id === null ? visibleText(name) : `${visibleText(name)} (${kind} ${id})`;
}
