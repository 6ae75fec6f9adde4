/** CUDA for {@code org.dlpack4j}: memory and streams of GPUs. */
module org.dlpack4j.cuda {
  requires transitive org.dlpack4j;
  requires static jcuda;
  requires static org.jspecify;

  exports org.dlpack4j.cuda;
  exports org.dlpack4j.cuda.jcuda;

  provides org.dlpack4j.device.DeviceRuntime with
      org.dlpack4j.cuda.CudaRuntime;
}
