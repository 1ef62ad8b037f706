using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Lull.Tests.Architecture;

/// <summary>Reads from compiled code which other types a type uses: in its bases, members, bodies and attributes, nested and generated types included.</summary>
internal static class TypeReferences
{
    public static IReadOnlySet<UsedType> Of(TypeDefinition type)
    {
        var used = new HashSet<UsedType>();
        Collect(type, used);
        return used;
    }

    private static void Collect(TypeDefinition type, HashSet<UsedType> used)
    {
        Add(used, type.BaseType);
        foreach (var implemented in type.Interfaces)
        {
            Add(used, implemented.InterfaceType);
        }

        AddAttributes(used, type);
        AddGenerics(used, type);
        foreach (var field in type.Fields)
        {
            Add(used, field.FieldType);
            AddAttributes(used, field);
        }

        foreach (var property in type.Properties)
        {
            AddAttributes(used, property);
        }

        foreach (var method in type.Methods)
        {
            Collect(method, used);
        }

        foreach (var nested in type.NestedTypes)
        {
            Collect(nested, used);
        }
    }

    private static void Collect(MethodDefinition method, HashSet<UsedType> used)
    {
        AddAttributes(used, method);
        AddGenerics(used, method);
        Add(used, method.ReturnType);
        foreach (var parameter in method.Parameters)
        {
            Add(used, parameter.ParameterType);
            AddAttributes(used, parameter);
        }

        if (!method.HasBody)
        {
            return;
        }

        foreach (var variable in method.Body.Variables)
        {
            Add(used, variable.VariableType);
        }

        foreach (var caught in method.Body.ExceptionHandlers)
        {
            Add(used, caught.CatchType);
        }

        foreach (var instruction in method.Body.Instructions)
        {
            Collect(instruction, used);
        }
    }

    private static void Collect(Instruction instruction, HashSet<UsedType> used)
    {
        switch (instruction.Operand)
        {
            case TypeReference type:
                Add(used, type);
                break;
            case MethodReference method:
                Add(used, method.DeclaringType);
                Add(used, method.ReturnType);
                foreach (var parameter in method.Parameters)
                {
                    Add(used, parameter.ParameterType);
                }

                foreach (var argument in (method as GenericInstanceMethod)?.GenericArguments.AsEnumerable() ?? [])
                {
                    Add(used, argument);
                }

                break;
            case FieldReference field:
                Add(used, field.DeclaringType);
                Add(used, field.FieldType);
                break;
        }
    }

    private static void AddGenerics(HashSet<UsedType> used, IGenericParameterProvider provider)
    {
        foreach (var constraint in provider.GenericParameters.SelectMany(parameter => parameter.Constraints))
        {
            Add(used, constraint.ConstraintType);
        }
    }

    private static void AddAttributes(HashSet<UsedType> used, ICustomAttributeProvider provider)
    {
        foreach (var attribute in provider.CustomAttributes)
        {
            Add(used, attribute.AttributeType);
        }
    }

    private static void Add(HashSet<UsedType> used, TypeReference? type)
    {
        switch (type)
        {
            case null or GenericParameter:
                return;
            case GenericInstanceType generic:
                Add(used, generic.ElementType);
                foreach (var argument in generic.GenericArguments)
                {
                    Add(used, argument);
                }

                return;
            case TypeSpecification wrapped:
                Add(used, wrapped.ElementType);
                return;
        }

        var outermost = type;
        while (outermost.DeclaringType is { } declaring)
        {
            outermost = declaring;
        }

        used.Add(new(outermost.Namespace, outermost.Name, outermost.Scope.Name.Replace(".dll", "", StringComparison.Ordinal)));
    }
}

/// <summary>A type that is used, and the assembly it lives in.</summary>
internal sealed record UsedType(string Namespace, string Name, string Assembly);
