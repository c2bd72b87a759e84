"""Message classes for Caffe files, made by the protobuf library from a schema of the tests.

Independent of ``selectivity.legacy``: the library's encoder writes, our reader reads. Field numbers
and types are copied from ``caffe.proto`` by hand, once.
"""

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

SCHEMA = """
BlobShape: dim 1 int64*
BlobProto: num 1 int32, channels 2 int32, height 3 int32, width 4 int32, data 5 float*,
    diff 6 float*, shape 7 BlobShape, double_data 8 double*
ConvolutionParameter: num_output 1 uint32, bias_term 2 bool, pad 3 uint32+, kernel_size 4 uint32+,
    group 5 uint32, stride 6 uint32+, pad_h 9 uint32, pad_w 10 uint32, kernel_h 11 uint32,
    kernel_w 12 uint32
LRNParameter: local_size 1 uint32, alpha 2 float, beta 3 float, k 5 float
PoolingParameter: pool 1 uint32, kernel_size 2 uint32, stride 3 uint32, pad 4 uint32
ReLUParameter: negative_slope 1 float
LayerParameter: name 1 string, type 2 string, bottom 3 string+, top 4 string+, blobs 7 BlobProto+,
    convolution_param 106 ConvolutionParameter, lrn_param 118 LRNParameter,
    pooling_param 121 PoolingParameter, relu_param 123 ReLUParameter
V1LayerParameter: bottom 2 string+, top 3 string+, name 4 string, type 5 int32, blobs 6 BlobProto+,
    blobs_lr 7 float+, convolution_param 10 ConvolutionParameter, lrn_param 18 LRNParameter,
    pooling_param 19 PoolingParameter, relu_param 30 ReLUParameter
NetParameter: name 1 string, layers 2 V1LayerParameter+, input 3 string+, input_dim 4 int32+,
    layer 100 LayerParameter+
"""
# After the type: * is a packed repeated field, + an unpacked one, as Caffe writes them.

TYPES = {"double": 1, "float": 2, "int64": 3, "int32": 5, "bool": 8, "string": 9, "uint32": 13}
MESSAGE = 11


def _file() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(
        name="caffe_test.proto", package="caffe_test", syntax="proto2"
    )
    for line in SCHEMA.strip().replace("\n    ", " ").splitlines():
        name, _, body = line.partition(":")
        message = file.message_type.add(name=name)
        for entry in body.split(","):
            label, number, kind = entry.split()
            field = message.field.add(name=label, number=int(number))
            field.label = 3 if kind[-1] in "*+" else 1
            if kind[-1] == "*":
                field.options.packed = True
            kind = kind.rstrip("*+")
            field.type = TYPES.get(kind, MESSAGE)
            if field.type == MESSAGE:
                field.type_name = f".caffe_test.{kind}"
    return file


_pool = descriptor_pool.DescriptorPool()
_pool.Add(_file())
NetParameter = message_factory.GetMessageClass(
    _pool.FindMessageTypeByName("caffe_test.NetParameter")
)
