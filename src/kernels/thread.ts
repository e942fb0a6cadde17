/** Entry of a thread that helps with kernels. */
import { workerData } from "node:worker_threads";
import { serveCommands, type ThreadStart } from "./crew";

serveCommands(workerData as ThreadStart);
